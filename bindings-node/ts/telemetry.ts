// What user code records itself, by the reference's names: lines and errors on the active span, spans of its own, the
// headers of a span. While telemetry is off nothing is recorded, and nothing is printed.

import { types } from 'node:util';
import { tellOf } from './host.js';
import { native } from './native.js';
import { readNotes } from './notes.js';
import { headersOf, openTelemetry } from './opentelemetry.js';
import { Recording } from './recording.js';
import { silent } from './span.js';
import type { OpenTelemetryHeaders } from './types.js';

/** A span of OpenTelemetry's API, as far as it is needed here. */
export type TelemetrySpan = {
  addEvent(name: string, attributes?: any, time?: any): unknown;
  setAttributes(attributes: any): unknown;
  spanContext(): { traceId: string; spanId: string; traceFlags: number; traceState?: { serialize(): string } };
};

/** How much a line of the log matters. */
export type TelemetryLogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';

/** Names for the attribute that says what kind of step a span is to Arvo. */
// biome-ignore lint/complexity/noStaticOnlyClass: the reference's name and shape
export class ArvoExecution {
  /** The attribute. */
  static readonly ATTR_SPAN_KIND = 'arvo.span.kind' as const;
}

/** What kind of step a span is to Arvo. */
export const ArvoExecutionSpanKind = {
  EVENT_HANDLER: 'handler.simple',
  ORCHESTRATOR: 'handler.orchestrator.statemachine',
  RESUMABLE: 'handler.orchestrator.imperative',
  INTERNAL: 'internal',
} as const;
export type ArvoExecutionSpanKind = (typeof ArvoExecutionSpanKind)[keyof typeof ArvoExecutionSpanKind];

/**
 * Writes a line on a span, on the active one if none is given. More members become attributes of it.
 *
 * @example
 * ```ts
 * import { logToSpan } from 'arvo';
 *
 * logToSpan({ level: 'INFO', message: 'half way' });
 * ```
 */
export function logToSpan(
  params: { level: TelemetryLogLevel; message: string; [key: string]: string },
  span?: TelemetrySpan,
): void {
  const { level, message, ...more } = params;
  note(span, more, () => native.logNotes(level, message));
}

/**
 * Records an error on a span, on the active one if none is given, which then says `exception.type` and
 * `exception.message`.
 *
 * @example
 * ```ts
 * import { exceptionToSpan } from 'arvo';
 *
 * exceptionToSpan(new TypeError('no number'));
 * ```
 */
export function exceptionToSpan(error: Error, span?: TelemetrySpan): void {
  note(span, {}, () => exceptionNotes(error));
}

function exceptionNotes(error: unknown): string {
  const { name = 'Error', message, stack } = tellOf(error);
  return native.exceptionNotes(name, message, stack);
}

/** Writes notes on a span; `more` are attributes of what happened. */
function note(given: TelemetrySpan | undefined, more: Record<string, string>, notes: () => string): void {
  try {
    const span = given ?? openTelemetry()?.trace.getActiveSpan();
    if (span === undefined || openTelemetry() === undefined) return;
    readNotes(notes(), {
      mark: ({ name, attributes, at }) => span.addEvent(name, { ...attributes, ...more }, at),
      attribute: (name, value) => span.setAttributes({ [name]: value }),
    });
  } catch {} // a tracer that fails harms nobody
}

/**
 * The trace headers of the active span; nulls without one.
 *
 * @example
 * ```ts
 * import { currentOpenTelemetryHeaders } from 'arvo';
 *
 * currentOpenTelemetryHeaders(); // => { traceparent: null, tracestate: null }
 * ```
 */
export function currentOpenTelemetryHeaders(): OpenTelemetryHeaders {
  return headers(() => openTelemetry()?.trace.getActiveSpan());
}

/** The trace headers of a span. */
export function getOtelHeaderFromSpan(span: TelemetrySpan): OpenTelemetryHeaders {
  return headers(() => span);
}

function headers(spanOf: () => TelemetrySpan | undefined): OpenTelemetryHeaders {
  try {
    const span = spanOf();
    if (span !== undefined) return headersOf(span.spanContext());
  } catch {} // a tracer that fails harms nobody
  return { traceparent: null, tracestate: null };
}

/** How {@link ArvoOpenTelemetry.startActiveSpan} runs a function. */
export type ActiveSpan<F extends (span: any) => unknown> = {
  /** The span's name. */
  name: string;
  /** The function; it is given the span. */
  fn: F;
  /** OpenTelemetry's options of spans. */
  spanOptions?: { kind?: number; attributes?: Record<string, any>; [option: string]: any };
  /** The span's parent; otherwise the active span is. */
  context?:
    | { inheritFrom: 'TRACE_HEADERS'; traceHeaders: OpenTelemetryHeaders }
    | { inheritFrom: 'CONTEXT'; context: any };
  /** Leaves status and end of the span to the function. */
  disableSpanManagement?: boolean;
};

/**
 * Spans of user code's own, as services for the reference begin them.
 *
 * @example
 * ```ts
 * import { ArvoOpenTelemetry } from 'arvo';
 *
 * const total = ArvoOpenTelemetry.getInstance().startActiveSpan({ name: 'add up', fn: () => 1 + 2 });
 * total; // => 3
 * ```
 */
export class ArvoOpenTelemetry {
  static instance: ArvoOpenTelemetry | null = null;
  readonly #tracer: any;

  private constructor(tracer?: any) {
    this.#tracer = tracer;
  }

  /** The one that everybody shares. */
  static getInstance(): ArvoOpenTelemetry {
    ArvoOpenTelemetry.instance ??= new ArvoOpenTelemetry();
    return ArvoOpenTelemetry.instance;
  }

  /** Another one for everybody, with a tracer of the user's own or with this package's. */
  static reinitialize(config: { tracer?: any } = {}): void {
    ArvoOpenTelemetry.instance = new ArvoOpenTelemetry(config.tracer);
  }

  /** Runs a function in a span of its own, which ends with it, or with the promise that it gives. */
  startActiveSpan<F extends (span: any) => unknown>(param: ActiveSpan<F>): ReturnType<F> {
    const { name, fn, spanOptions, context, disableSpanManagement } = param;
    const api = openTelemetry();
    if (api === undefined) return fn(silent) as ReturnType<F>;
    const headers = context?.inheritFrom === 'TRACE_HEADERS' ? context.traceHeaders : undefined;
    const recording = new Recording(api, {
      tracer: this.#tracer,
      context: context?.inheritFrom === 'CONTEXT' ? context.context : undefined,
      options: spanOptions,
    });
    const attributes = { [ArvoExecution.ATTR_SPAN_KIND]: ArvoExecutionSpanKind.INTERNAL };
    const { traceparent, tracestate } = headers ?? {};
    recording.begin({
      name,
      kind: 'INTERNAL',
      attributes,
      traceparent: traceparent ?? '',
      tracestate: tracestate ?? '',
    });
    const end = (failure?: { thrown: unknown }) => {
      if (disableSpanManagement) return;
      if (failure !== undefined) recording.read(exceptionNotes(failure.thrown));
      recording.close(failure === undefined ? {} : { failure: tellOf(failure.thrown).message });
    };
    return recording.within(() => {
      try {
        const returned = fn(recording.span ?? silent);
        if (types.isPromise(returned))
          returned.then(
            () => end(),
            (thrown) => end({ thrown }),
          );
        else end();
        return returned as ReturnType<F>;
      } catch (thrown) {
        end({ thrown });
        throw thrown;
      }
    });
  }
}
