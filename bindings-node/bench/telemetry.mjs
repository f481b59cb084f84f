// What telemetry costs a handler's step: off, with a tracer that samples nothing, with one that records.

import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { measure } from './measure.mjs';

/** In memory; tells microseconds. */
export async function measureTelemetry({ handler, event }, tell) {
  const step = () => handler.execute(event);
  const processor = { onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };
  const providers = {
    off: undefined,
    'not sampled': new BasicTracerProvider({ sampler: new AlwaysOffSampler() }),
    recorded: new BasicTracerProvider({ spanProcessors: [processor] }),
  };
  for (const [kind, provider] of Object.entries(providers)) {
    if (provider !== undefined) {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager());
      trace.setGlobalTracerProvider(provider);
    }
    const { time } = await measure({ time: step });
    tell(`telemetry, ${kind}: a handler's step takes ${time.toFixed(1)} µs`);
    trace.disable();
    context.disable();
  }
}
