// Begins a tracer that exports by OTLP/HTTP before the program it is loaded into: `node --import ./otlp.mjs program.js`.
// The receiver and the service's name are the standard variables'. A service of your own takes
// `@opentelemetry/auto-instrumentations-node/register` in its place.

import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const resource = defaultResource().merge(
  resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME ?? 'unknown' }),
);
const processor = new BatchSpanProcessor(new OTLPTraceExporter());
const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(provider);

// Once nothing is left to do, what is left to send is sent.
process.once('beforeExit', () => provider.shutdown());
