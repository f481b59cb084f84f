// The span of one execution, or of an event being made: begun when the core says so, written as it says, the active one
// while user code runs (SPEC §16). Nothing that a tracer does can harm what is recorded: one that throws is left alone.

import type * as Api from '@opentelemetry/api';
import type { ArvoEvent } from './event.js';
import type { ArvoEventHandlerOtelSpanOptions } from './handler-types.js';
import type { HostCall, MachineCall } from './native.js';
import {
  headersOf,
  isMeasured,
  measure,
  openTelemetry,
  remoteContext,
  tracerOf,
  withContext,
} from './opentelemetry.js';

type Time = [seconds: number, nanoseconds: number];
type Mark = { at: Time; name: string; attributes: Api.Attributes };
type Status = { code: 'OK' | 'ERROR'; message?: string };
export type Note = {
  mark?: Mark;
  attributes?: Api.Attributes;
  status?: Status;
  child?: { name: string; started: Time; ended: Time; attributes: Api.Attributes; marks: Mark[]; status: Status };
  measure?: { metric: string; value: number; attributes: Api.Attributes };
  end?: Time;
};
type Opening = {
  name: string;
  kind: 'INTERNAL' | 'CONSUMER' | 'PRODUCER';
  attributes: Api.Attributes;
  traceparent: string | null;
  tracestate: string | null;
  at?: Time;
};

/** What the addon is told of a user's wishes: names that are made, are made when a span begins. */
export function spanOf({ spanName, attributes }: ArvoEventHandlerOtelSpanOptions = {}): object {
  return { name: typeof spanName === 'string' ? spanName : undefined, attributes: attributes ?? {} };
}

/** How one span differs. */
type Differs = {
  /** Its parent is the active span, whatever the event says. */
  inherits?: boolean;
  /** Its name. */
  name?: (() => string) | undefined;
  /** The event that is made has headers of its own. */
  isApart?: boolean;
  tracer?: Api.Tracer | undefined;
  /** In place of the active one. */
  context?: Api.Context | undefined;
  options?: Api.SpanOptions | undefined;
};

/** Of an event that is made of this draft, if anybody listens. A draft that brings trace headers keeps them. */
export function recordingOfMaking(draft: object): Recording | undefined {
  const api = openTelemetry();
  if (api === undefined) return undefined;
  const { traceparent } = draft as { traceparent?: unknown };
  return new Recording(api, { isApart: traceparent !== undefined && traceparent !== null });
}

/** Of an execution. */
export function recordingOf(
  event: ArvoEvent<any, any, any>,
  uri: string,
  options: ArvoEventHandlerOtelSpanOptions | undefined,
  inheritFrom: 'EVENT' | 'CONTEXT' | undefined,
): Recording | undefined {
  const api = openTelemetry();
  if (api === undefined) return undefined;
  const spanName = options?.spanName;
  const name =
    typeof spanName === 'function' ? () => spanName({ selfContractUri: uri, consumedEvent: event }) : undefined;
  return new Recording(api, { name, inherits: inheritFrom === 'CONTEXT' });
}

/** One span. */
export class Recording {
  readonly #api: typeof Api;
  readonly #differs: Differs;
  #tracer: Api.Tracer | undefined;
  #span: Api.Span | undefined;
  /** In which it is the active one. */
  #context: Api.Context | undefined;
  #isOver = false;

  constructor(api: typeof Api, differs: Differs) {
    this.#api = api;
    this.#differs = differs;
  }

  /** What the core calls with how the span begins: gives its headers, and who listens. */
  readonly open = (opening: string): string => {
    return JSON.stringify(this.begin(JSON.parse(opening)));
  };

  /** Begins the span. */
  begin(opening: Opening): object {
    let begun: object = {};
    this.#guarded(() => {
      begun = this.#begin(opening);
    });
    return begun;
  }

  /** The span, if it could be begun. */
  get span(): Api.Span | undefined {
    return this.#span;
  }

  /** Runs user code in the span. */
  within<T>(run: () => T): T {
    const context = this.#context;
    if (context === undefined || this.#isOver) return run();
    return withContext(this.#api, context, run, () => {
      this.#isOver = true;
    });
  }

  /** Host functions that run in the span. */
  host(call: HostCall): HostCall {
    return (operation, schema, token) => this.within(() => call(operation, schema, token));
  }

  /** Functions of machines that run in the span. */
  machines(call: MachineCall): MachineCall {
    return (operation, a, b, c, d, text) => this.within(() => call(operation, a, b, c, d, text));
  }

  /** Takes the notes off an answer of the core's, and writes them. */
  heard(answer: string): string {
    if (!answer.startsWith('N')) return answer;
    const end = answer.indexOf('\n');
    const notes: Note[] = JSON.parse(answer.slice(1, end));
    for (const note of notes) this.note(note);
    return answer.slice(end + 1);
  }

  /** Writes one note. */
  note(note: Note): void {
    this.#guarded(() => this.#write(note));
  }

  /** It is over, whatever happened. */
  end(at?: Time): void {
    this.#guarded(() => this.#span?.end(at));
    this.#isOver = true;
  }

  #begin({ name, kind, attributes, traceparent, tracestate, at }: Opening): object {
    const api = this.#api;
    const { inherits, isApart, context = api.context.active(), options } = this.#differs;
    this.#tracer = this.#differs.tracer ?? tracerOf(api);
    if (this.#tracer === undefined) return { isMeasured: isMeasured() };
    const around = traceparent === null || inherits ? context : remoteContext(api, context, traceparent, tracestate);
    this.#span = this.#tracer.startSpan(
      this.#differs.name?.() ?? name,
      { kind: api.SpanKind[kind], ...options, attributes: { ...attributes, ...options?.attributes }, startTime: at },
      around,
    );
    this.#context = api.trace.setSpan(around, this.#span);
    const headers = isApart ? {} : headersOf(this.#span.spanContext());
    return { ...headers, isRecorded: this.#span.isRecording(), isMeasured: isMeasured() };
  }

  #write(note: Note): void {
    const [api, { child, measure: measured, end }] = [this.#api, note];
    if (measured !== undefined) measure(api, measured.metric, measured.value, measured.attributes);
    else if (end !== undefined) this.end(end);
    else if (child !== undefined) {
      const { name, started, ended, attributes, marks, status } = child;
      const options = { kind: api.SpanKind.INTERNAL, attributes, startTime: started };
      const inner = this.#tracer?.startSpan(name, options, this.#context);
      if (inner === undefined) return;
      for (const mark of marks) write(api, inner, { mark });
      write(api, inner, { status });
      inner.end(ended);
    } else if (this.#span !== undefined) write(api, this.#span, note);
  }

  /** Does something with the tracer; once that has failed, nothing more. */
  #guarded(run: () => void): void {
    if (this.#isOver) return;
    try {
      run();
    } catch {
      this.#isOver = true; // nobody can be told: whoever records is what failed
    }
  }
}

/** Writes on a span what belongs to it alone. */
export function write(api: typeof Api, span: Api.Span, { mark, attributes, status }: Note): void {
  if (mark !== undefined) span.addEvent(mark.name, mark.attributes, mark.at);
  if (attributes !== undefined) span.setAttributes(attributes);
  if (status !== undefined) span.setStatus({ ...status, code: api.SpanStatusCode[status.code] });
}
