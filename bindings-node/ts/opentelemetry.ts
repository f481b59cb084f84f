// The user's own OpenTelemetry, if there is one. Its package is not loaded before a provider is registered: until then
// all that telemetry costs is one look at the place where providers are registered.

import type * as Api from '@opentelemetry/api';
import load from './load.cjs';
import { native } from './native.js';
import type { OpenTelemetryHeaders } from './types.js';

const REGISTERED = Symbol.for('opentelemetry.js.api.1');
const { version }: { version: string } = load('../package.json');

let loaded: typeof Api | null | undefined;

/** Where providers are registered by kind, if there are any. */
function registered(): { trace?: object; metrics?: object } | undefined {
  return (globalThis as { [REGISTERED]?: { trace?: object; metrics?: object } })[REGISTERED];
}

/** OpenTelemetry's API, once somebody records spans or measurements. */
export function openTelemetry(): typeof Api | undefined {
  const providers = registered();
  if (providers?.trace === undefined && providers?.metrics === undefined) return undefined;
  if (loaded === undefined) {
    try {
      loaded = load('@opentelemetry/api') as typeof Api;
    } catch {
      loaded = null; // a provider of a copy that this package can't see: there is nothing to record with
    }
  }
  return loaded ?? undefined;
}

/** The tracer of this package, where spans are recorded. */
export function tracerOf(api: typeof Api): Api.Tracer | undefined {
  return registered()?.trace === undefined ? undefined : api.trace.getTracer('arvo', version);
}

/** Whether measurements are recorded. */
export function isMeasured(): boolean {
  return registered()?.metrics !== undefined;
}

type Metric = {
  name: string;
  instrument: 'Counter' | 'Histogram' | 'Gauge';
  unit: string;
  description: string;
  bounds: number[] | null;
};
type Record = (value: number, attributes?: Api.Attributes) => void;

/** By the provider that made them. */
const instruments = new WeakMap<object, Map<string, Record>>();

/** Records a measurement; the instruments are made once for each provider. */
export function measure(api: typeof Api, metric: string, value: number, attributes?: Api.Attributes): void {
  const provider = api.metrics.getMeterProvider();
  let made = instruments.get(provider);
  if (made === undefined) {
    made = instrumentsOf(provider.getMeter('arvo', version));
    instruments.set(provider, made);
  }
  made.get(metric)?.(value, attributes);
}

function instrumentsOf(meter: Api.Meter): Map<string, Record> {
  const metrics: Metric[] = JSON.parse(native.metrics());
  return new Map(
    metrics.map(({ name, instrument, unit, description, bounds }): [string, Record] => {
      const options = { unit, description };
      if (instrument === 'Counter') {
        const counter = meter.createCounter(name, options);
        return [name, (value, attributes) => counter.add(value, attributes)];
      }
      const recorder =
        instrument === 'Gauge'
          ? meter.createGauge(name, options)
          : meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: bounds ?? [] } });
      return [name, (value, attributes) => recorder.record(value, attributes)];
    }),
  );
}

/** How many events wait in a broker, where that is measured. A meter that fails changes nothing. */
export function measureQueue(waiting: () => number): void {
  if (!isMeasured()) return;
  try {
    const api = openTelemetry();
    if (api !== undefined) measure(api, 'arvo.queue.depth', waiting());
  } catch {} // nobody can be told: whoever measures is what failed
}

/** Records what the core measured outside of executions, told as JSON. A meter that fails changes nothing. */
export function measureTold(told: string): void {
  try {
    const api = openTelemetry();
    const { metric, value, attributes } = JSON.parse(told);
    if (api !== undefined) measure(api, metric, value, attributes);
  } catch {} // as above
}

/** Runs something in this context, once, whatever becomes of what keeps contexts; `failed` is told of that. */
export function withContext<T>(api: typeof Api, context: Api.Context, run: () => T, failed = () => {}): T {
  const outcome: { value?: T; thrown?: unknown } = {};
  try {
    api.context.with(context, () => {
      try {
        outcome.value = run();
      } catch (thrown) {
        outcome.thrown = thrown;
      }
    });
  } catch {
    failed();
  }
  if ('thrown' in outcome) throw outcome.thrown;
  return 'value' in outcome ? (outcome.value as T) : run();
}

/** Runs something that has nothing to do with the span that happens to be active. */
export function apart<T>(run: () => T): T {
  const api = openTelemetry();
  return api === undefined ? run() : withContext(api, api.ROOT_CONTEXT, run);
}

const NOBODYS: ReadonlySet<string> = new Set(['', '0'.repeat(16), '0'.repeat(32)]);

/** The headers of a span; nulls where it is nobody's. */
export function headersOf(
  context: Omit<Api.SpanContext, 'traceState'> & { traceState?: { serialize(): string } },
): OpenTelemetryHeaders {
  const { traceId, spanId, traceFlags, traceState } = context;
  if (NOBODYS.has(traceId) || NOBODYS.has(spanId)) return { traceparent: null, tracestate: null };
  const flags = traceFlags === 1 ? '01' : traceFlags.toString(16).padStart(2, '0');
  return { traceparent: `00-${traceId}-${spanId}-${flags}`, tracestate: traceState?.serialize() || null };
}

/** A context in which the span of these headers, which are well-formed, is the active one; else it is as the one given. */
export function remoteContext(
  api: typeof Api,
  around: Api.Context,
  traceparent: string,
  tracestate: string,
): Api.Context {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return api.trace.setSpanContext(around, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate === '' ? {} : { traceState: api.createTraceState(tracestate) }),
  });
}
