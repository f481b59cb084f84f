// What the tests of telemetry share: OpenTelemetry's own SDK, registered while something runs, and the spans in the order
// in which they were started.

import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOnSampler, BasicTracerProvider, ParentBasedSampler } from '@opentelemetry/sdk-trace-base';

export { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** Runs something while spans are recorded, by this provider or by one that samples what its parent does. */
export async function recorded(run, provider) {
  const spans = [];
  const processor = {
    onStart: (span) => spans.push(span),
    onEnd() {},
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const sampler = new ParentBasedSampler({ root: new AlwaysOnSampler() });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider ?? new BasicTracerProvider({ sampler, spanProcessors: [processor] }));
  try {
    await run(spans);
  } finally {
    trace.disable();
    context.disable();
  }
  return spans;
}

/** The first span of a name. */
export const named = (spans, name) => spans.find((span) => span.name === name);

/** The name of a span's parent; `remote` where that is somebody else's, null without one. */
export function parentOf(span, spans) {
  const parent = span.parentSpanContext;
  if (parent === undefined) return null;
  return spans.find((each) => each.spanContext().spanId === parent.spanId)?.name ?? 'remote';
}
