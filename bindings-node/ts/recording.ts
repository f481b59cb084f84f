// The span of one execution, or of an event being made: begun when the core says so, written as it says, the active one
// while user code runs (SPEC §16). Nothing that a tracer does can harm what is recorded: one that throws is left alone.

import type * as Api from '@opentelemetry/api';
import type { ArvoEvent } from './event.js';
import type { ArvoEventHandlerOtelSpanOptions } from './handler-types.js';
import type { HostCall, MachineCall } from './native.js';
import {
  type Child,
  type Mark,
  markOn,
  type Notebook,
  type Opening,
  openingOf,
  readNotes,
  type Status,
  statusOn,
  type Time,
} from './notes.js';
import {
  headersOf,
  isMeasured,
  measure,
  openTelemetry,
  remoteContext,
  tracerOf,
  withContext,
} from './opentelemetry.js';
import { type ExecutionSpan, silent } from './span.js';
import type { OpenTelemetryHeaders } from './types.js';

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
export class Recording implements Notebook {
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

  /** What the core calls with how the span begins. */
  readonly open = (opening: string): string => this.begin(openingOf(opening));

  /**
   * Begins the span. Tells whether it is recorded and whether there are measurements (`0` or `1` each), and its headers,
   * a line each.
   */
  begin(opening: Opening): string {
    let begun = '00';
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
    this.read(answer.slice(1, end));
    return answer.slice(end + 1);
  }

  /** Writes notes. */
  read(notes: string): void {
    this.#guarded(() => readNotes(notes, this));
  }

  /** It is over, whatever happened. */
  close(status: Status): void {
    this.#guarded(() => {
      this.status(status);
      this.#span?.end();
    });
    this.#isOver = true;
  }

  mark(mark: Mark): void {
    if (this.#span !== undefined) markOn(this.#span, mark);
  }
  attribute(name: string, value: Api.AttributeValue): void {
    this.#span?.setAttribute(name, value);
  }
  status(status: Status): void {
    if (this.#span !== undefined) statusOn(this.#api, this.#span, status);
  }
  measure(metric: string, value: number, attributes: Api.Attributes): void {
    measure(this.#api, metric, value, attributes);
  }
  end(at: Time): void {
    this.#span?.end(at);
    this.#isOver = true;
  }

  /** A span inside it that is over. */
  child({ name, started, ended, attributes, marks, status }: Child): void {
    const options = { kind: this.#api.SpanKind.INTERNAL, attributes, startTime: started };
    const inner = this.#tracer?.startSpan(name, options, this.#context);
    if (inner === undefined) return;
    for (const mark of marks) markOn(inner, mark);
    statusOn(this.#api, inner, status);
    inner.end(ended);
  }

  #begin({ name, kind, attributes, traceparent, tracestate, at }: Opening): string {
    const api = this.#api;
    const { inherits, isApart, context = api.context.active(), options } = this.#differs;
    const measured = isMeasured() ? '1' : '0';
    this.#tracer = this.#differs.tracer ?? tracerOf(api);
    if (this.#tracer === undefined) return `0${measured}`;
    const around = traceparent === '' || inherits ? context : remoteContext(api, context, traceparent, tracestate);
    const all = options?.attributes === undefined ? attributes : { ...attributes, ...options.attributes };
    this.#span = this.#tracer.startSpan(
      this.#differs.name?.() ?? name,
      { kind: api.SpanKind[kind], ...options, attributes: all, startTime: at },
      around,
    );
    this.#context = api.trace.setSpan(around, this.#span);
    const begun = `${this.#span.isRecording() ? '1' : '0'}${measured}`;
    if (isApart) return begun;
    const headers = headersOf(this.#span.spanContext());
    return `${begun}${headers.traceparent ?? ''}\n${headers.tracestate ?? ''}`;
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

/** What a function is given of its execution's span. */
export function spanGiven(recording: Recording | undefined): ExecutionSpan {
  return recording?.span ?? silent;
}

/** The headers of the span; null each where nobody records. */
export function spanHeadersGiven(recording: Recording | undefined): OpenTelemetryHeaders {
  return recording?.span === undefined ? NO_HEADERS : headersAsFarAsKnown(recording.span);
}

const NO_HEADERS: OpenTelemetryHeaders = Object.freeze({ traceparent: null, tracestate: null });

function headersAsFarAsKnown(span: Api.Span): OpenTelemetryHeaders {
  try {
    return headersOf(span.spanContext());
  } catch {
    return NO_HEADERS; // a tracer that fails is one that does not record
  }
}
