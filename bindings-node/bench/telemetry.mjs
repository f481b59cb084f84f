// What telemetry costs a handler's step, beside the yardstick: each first without a tracer, then with OpenTelemetry's
// SDK and an exporter in batches that forgets what it is given. A process has one tracer, so the second half begins one.

import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

import { measure } from './measure.mjs';

/** Exports nothing: what is measured is this process. */
const forgetful = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: async () => undefined,
  forceFlush: async () => undefined,
};

/** Measures the same contenders without a tracer and with one; gives both, by name. */
export async function withAndWithout(contenders) {
  const off = await measure(contenders);
  const processor = new BatchSpanProcessor(forgetful, { maxQueueSize: 4096, scheduledDelayMillis: 50 });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
  try {
    return { off, on: await measure(contenders) };
  } finally {
    await processor.shutdown();
    trace.disable();
    context.disable();
  }
}
