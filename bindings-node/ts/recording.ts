// The span of one execution, or of an event being made: begun when the core says so, written as it says, the active one
// while user code runs (SPEC §16). Nothing that a tracer does can harm what is recorded: one that throws is left alone.

import type * as Api from '@opentelemetry/api';
import type { ArvoEvent } from './event.js';
import type { ArvoEventHandlerOtelSpanOptions } from './handler-types.js';
import type { HostCall, MachineCall } from './native.js';
import { attributesOf, type Child, type Note, type Opening, type Time, write } from './notes.js';
import {
  headersOf,
  isMeasured,
  measure,
  openTelemetry,
  remoteContext,
  tracerOf,
  withContext,
} from './opentelemetry.js';

/** What the addon is told of a user's wishes: names that are made, are made when a span begins. */
export function spanOf({ spanName, attributes }: ArvoEventHandlerOtelSpanOptions = {}): object {
  return { name: typeof spanName === 'string' ? spanName : undefined, attributes: attributes ?? {} };
}

/** How a span begins. */
type Beginning = {
  name: string;
  kind: 'INTERNAL' | 'CONSUMER' | 'PRODUCER';
  attributes: Api.Attributes;
  traceparent: string | null;
  tracestate: string | null;
  at?: Time;
};

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
    const [name, kind, attributes, events, traceparent, tracestate, at]: Opening = JSON.parse(opening);
    const all = attributesOf(attributes, events);
    return JSON.stringify(this.begin({ name, kind, attributes: all, traceparent, tracestate, at }));
  };

  /** Begins the span. */
  begin(opening: Beginning): object {
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

  #begin({ name, kind, attributes, traceparent, tracestate, at }: Beginning): object {
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
    if (note[0] === 'm') measure(this.#api, note[1], note[2], note[3]);
    else if (note[0] === 'e') this.end(note[1]);
    else if (note[0] === 'c') this.#inside(note);
    else if (this.#span !== undefined) write(this.#api, this.#span, note);
  }

  /** A span inside it that is over. */
  #inside([, name, started, ended, attributes, events, marks, status]: Child): void {
    const api = this.#api;
    const options = { kind: api.SpanKind.INTERNAL, attributes: attributesOf(attributes, events), startTime: started };
    const inner = this.#tracer?.startSpan(name, options, this.#context);
    if (inner === undefined) return;
    for (const mark of marks) write(api, inner, mark);
    write(api, inner, ['s', status]);
    inner.end(ended);
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
