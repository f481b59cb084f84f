// What telemetry costs a handler's step, beside the yardstick: each first without a tracer, then with OpenTelemetry's
// SDK and an exporter in batches that forgets what it is given. A process has one tracer, so the second half begins one.

import { setImmediate as turn } from 'node:timers/promises';
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

/** Calls between which the event loop turns, as it does in a program: else nothing would ever be exported. */
const CALLS = 100;

/** Measures the same contenders without a tracer and with one, each time once they are warm; gives both, by name. */
export async function withAndWithout(contenders) {
  const turning = Object.fromEntries(Object.entries(contenders).map(([kind, call]) => [kind, turningNow(call)]));
  const warmly = async () => (await measure(turning)) && measure(turning);
  const off = await warmly();
  const processor = new BatchSpanProcessor(forgetful, { maxQueueSize: 4096, scheduledDelayMillis: 50 });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
  try {
    return { off, on: await warmly() };
  } finally {
    await processor.shutdown();
    trace.disable();
    context.disable();
  }
}

function turningNow(call) {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls % CALLS === 0) await turn();
    return call();
  };
}
