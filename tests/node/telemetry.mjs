// telemetry.json: the spans of executions and of events being made, in OpenTelemetry's own SDK, which is registered while
// a case runs.

import { createArvoEvent, createArvoEventFactory } from '../../bindings-node/dist/index.js';
import { recorded, SpanKind, SpanStatusCode, trace } from '../../bindings-node/tests/spans.mjs';
import { contractOf } from './contracts.mjs';
import { evaluate } from './language.mjs';
import { orchestratorOf } from './machines.mjs';
import { differences } from './matching.mjs';
import { handlerOf } from './services.mjs';
import { outcomeOf, parse, RecordedMemory, resumableOf } from './workflows.mjs';

const MAKERS = { handler: handlerOf, resumable: resumableOf, orchestrator: orchestratorOf };

export const telemetry = {
  async cases(recordedCase, _expect, labels, file) {
    const { kind, inheritFrom, insideOpenSpan, steps } = recordedCase;
    const made = MAKERS[kind](recordedCase[kind], file, new RecordedMemory());
    const [problems, done] = [[], []];
    for (const [index, { event: template, expect }] of steps.entries()) {
      const given = evaluate(template, { steps: done });
      const event = parse(given);
      let found;
      const spans = await recorded(async () => {
        const execute = () =>
          outcomeOf(
            () => made.execute(event, { inheritFrom }),
            event,
            expect,
            () => {},
          );
        found = await (insideOpenSpan === undefined ? execute() : inside(insideOpenSpan, execute));
      });
      done.push({ event: given, events: found.events ?? [] });
      problems.push(...differences(expect, { ...found, spans: spans.map(shown) }, labels, `/${index}`));
    }
    return problems;
  },

  async created({ made, spans: wanted }, _expect, labels, file) {
    const found = [];
    const spans = await recorded(() =>
      inside('outer', async () => {
        for (const { how, input } of made) found.push(MAKINGS[how](input, file).toJSON());
      }),
    );
    const events = made.map(({ event }) => event);
    return differences({ events, spans: wanted }, { events: found, spans: spans.map(shown) }, labels);
  },
};

const MAKINGS = {
  createArvoEvent: (input) => createArvoEvent(input),
  'createArvoEvent, own traceparent': (input) => createArvoEvent(input),
  'createArvoEvent, telemetry disabled': (input) => createArvoEvent(input, {}, { disable: true }),
  'createArvoEvent, other content type': (input) => createArvoEvent(input),
  'factory accepts': (input, file) =>
    createArvoEventFactory(contractOf(file.contracts.calc).version('1.0.0')).accepts(input),
};

function inside(name, run) {
  return trace.getTracer('test').startActiveSpan(name, async (span) => {
    try {
      return await run();
    } finally {
      span.end();
    }
  });
}

/** A span as the cases show it, of all that were started. */
function shown(span, _index, all) {
  const { spanId, traceId } = span.spanContext();
  const parent = span.parentSpanContext;
  const { code, message } = span.status;
  const events = span.events.map(({ name, attributes }) => ({ name, attributes }));
  return {
    name: span.name,
    kind: SpanKind[span.kind],
    ended: span.ended,
    trace: traceId,
    span: spanId,
    parent: parent === undefined ? null : indexOf(all, parent.spanId),
    attributes: span.attributes,
    events,
    status: message === undefined ? { code: SpanStatusCode[code] } : { code: SpanStatusCode[code], message },
  };
}

function indexOf(all, spanId) {
  const index = all.findIndex((each) => each.spanContext().spanId === spanId);
  return index < 0 ? 'remote' : index;
}
