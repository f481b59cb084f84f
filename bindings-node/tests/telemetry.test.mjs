// Telemetry: whose child is which span, and what is recorded on it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { z } from 'zod';
import * as arvo from '../dist/index.js';
import { storeOf, working } from './durable.mjs';
import { adder, flowOf, init, OwnMemory, twice } from './flow.mjs';
import { definition, machineOf, orchestratorOf } from './machines.mjs';
import { contractOf, eventOf, handlerOf } from './service.mjs';
import { named, parentOf, recorded, SpanKind, SpanStatusCode, trace } from './spans.mjs';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const HANDLER = 'Handler<#/orders/place>';
const placed = { type: 'evt.order.placed', data: { order: 'o' } };
const tracer = () => trace.getTracer('test');
/** A span of user code's own. */
const mark = (name) => tracer().startSpan(name).end();
/** The parents of the spans of a name. */
const parents = (spans, name) => spans.filter((span) => span.name === name).map((span) => parentOf(span, spans));

test('a function is given the span of its execution, and a handler its headers; nobody records on it otherwise', async () => {
  const given = [];
  const service = handlerOf(({ span, spanHeaders }) => {
    given.push({ span, spanHeaders });
    span.setAttribute('user', 1).addEvent('noted').setStatus({ code: 0 });
    return placed;
  });
  const flow = flowOf((input) => {
    given.push(input);
    input.span.setAttribute('user', 2);
    return twice(input);
  });
  const run = async () => {
    const { events } = await service.execute(eventOf());
    assert.equal(events[0].traceparent, given[0].spanHeaders.traceparent);
    await flow.execute(init());
  };
  await run();
  assert.deepEqual(given[0].spanHeaders, { traceparent: null, tracestate: null });
  assert.deepEqual(
    given.map(({ span }) => [span.isRecording(), span.spanContext().traceFlags]),
    [
      [false, 0],
      [false, 0],
    ],
  );
  given.length = 0;
  const spans = await recorded(run);
  for (const [at, { span }] of given.entries()) {
    assert.ok(spans.includes(span));
    assert.equal(span.attributes.user, at + 1);
  }
});

test('spans of user code are children of the execution, before and after it waited', async () => {
  const spans = await recorded(async () => {
    await handlerOf(() => void mark('sync')).execute(eventOf());
    await handlerOf(async () => {
      mark('before');
      await turn();
      mark('after');
      return placed;
    }).execute(eventOf());
    mark('outside');
  });
  for (const name of ['sync', 'before', 'after']) assert.deepEqual(parents(spans, name), [HANDLER], name);
  assert.deepEqual(parents(spans, 'outside'), [null]);
  assert.ok(spans.every(({ ended }) => ended));
});

test('so are those of a workflow, its memory, guards and actions of a machine, and host schemas', async () => {
  const memory = new OwnMemory();
  const read = memory.read;
  memory.read = async (id) => {
    await turn();
    mark('memory');
    return read.call(memory, id);
  };
  const flow = flowOf(async (input) => {
    await turn();
    mark('function');
    return twice(input);
  }, memory);
  const machine = machineOf(
    definition({
      context: ({ input }) => {
        mark('context');
        return { a: input.data.a, total: 0 };
      },
      entry: () => mark('action'),
      always: { guard: () => void mark('guard'), target: '.done' },
    }),
  );
  const schema = z.object({ item: z.string().refine(() => !mark('schema')) });
  const spans = await recorded(async () => {
    await flow.execute(init());
    await orchestratorOf(machine).execute(init());
    await handlerOf(() => undefined, contractOf(schema, z.object({}))).execute(eventOf());
  });
  const of = (name) => new Set(parents(spans, name));
  for (const name of ['memory', 'function'])
    assert.deepEqual(of(name), new Set(['Resumable<#/flows/sum>@<arvo.orc.sum>']));
  for (const name of ['context', 'action', 'guard'])
    assert.deepEqual(of(name), new Set(['Orchestrator<#/flows/sum>@<arvo.orc.sum>']), name);
  assert.deepEqual(of('schema'), new Set([HANDLER]));
});

test('executions side by side do not mix', async () => {
  const ids = ['a', 'b', 'c', 'd'];
  const handler = handlerOf(async ({ event }) => {
    for (let round = 0; round < 3; round += 1) {
      await turn();
      mark(event.data.item);
    }
  });
  const spans = await recorded(() => Promise.all(ids.map((item) => handler.execute(eventOf({ item })))));
  const made = spans.filter(({ name }) => name === HANDLER);
  for (const [at, item] of ids.entries()) {
    const own = spans.filter(({ name }) => name === item);
    assert.equal(own.length, 3);
    for (const { parentSpanContext } of own) assert.equal(parentSpanContext.spanId, made[at].spanContext().spanId);
  }
});

test("the event's trace goes on; a malformed one counts as none; the active span is the parent where that is wanted", async () => {
  const handler = handlerOf(() => placed);
  const given = [];
  const execute = async (traceparent, options) => {
    const { events } = await handler.execute(eventOf({ item: 'tea' }, { traceparent }), options);
    given.push(events[0].traceparent);
  };
  const spans = await recorded(() =>
    tracer().startActiveSpan('outer', async () => {
      await execute(TRACEPARENT);
      await execute('00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01');
      await execute(TRACEPARENT, { inheritFrom: 'CONTEXT' });
    }),
  );
  assert.deepEqual(parents(spans, HANDLER), ['remote', 'outer', 'outer']);
  const executions = spans.filter(({ name }) => name === HANDLER);
  assert.deepEqual(
    given,
    executions.map((span) => arvo.getOtelHeaderFromSpan(span).traceparent),
  );
});

test('what events carry are the headers of the execution that sent them, vendor state included', async () => {
  const event = eventOf({ item: 'tea' }, { traceparent: TRACEPARENT, tracestate: 'vendor=x, ,broken' });
  let sent;
  const spans = await recorded(async () => {
    ({
      events: [sent],
    } = await handlerOf(() => placed).execute(event));
  });
  const span = named(spans, HANDLER);
  assert.equal(span.spanContext().traceId, TRACEPARENT.slice(3, 35));
  assert.deepEqual(
    { traceparent: sent.traceparent, tracestate: sent.tracestate },
    { traceparent: `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`, tracestate: 'vendor=x' },
  );
});

test('an execution that is not sampled records nothing, and its headers are passed on', async () => {
  const provider = new BasicTracerProvider({ sampler: new AlwaysOffSampler() });
  let sent;
  const spans = await recorded(async () => {
    ({
      events: [sent],
    } = await handlerOf(() => placed).execute(eventOf()));
  }, provider);
  assert.deepEqual(spans, []);
  assert.match(sent.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});

test('a violation, an error, and an execution that is given up end their spans with what happened', async () => {
  const given = new AbortController();
  const { signal } = given;
  const spans = await recorded(async () => {
    const execute = (call, event = eventOf(), options = {}) =>
      handlerOf(call)
        .execute(event, options)
        .catch(() => {});
    await execute(() => undefined, eventOf({ item: 1 }));
    await execute(() => {
      throw new TypeError('boom');
    });
    setImmediate(() => given.abort());
    await execute(() => new Promise(() => {}), eventOf(), { signal });
  });
  const executions = spans.filter(({ name }) => name === HANDLER);
  assert.deepEqual(
    executions.map(({ status, ended }) => [status.code, ended]),
    Array(3).fill([SpanStatusCode.ERROR, true]),
  );
  const types = executions.map(({ events }) => named(events, 'exception').attributes['exception.type']);
  assert.deepEqual(types, ['ViolationError<Contract>', 'TypeError', 'ViolationError<Execution>']);
});

test('the span of an execution that nobody can end any more ends with it', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  const spans = await recorded(async (started) => {
    const handler = handlerOf(() => new Promise(() => {}));
    const flow = flowOf(() => new Promise(() => {}));
    for (let index = 0; index < 20; index += 1) {
      void handler.execute(eventOf());
      void flow.execute(init());
    }
    for (let round = 0; round < 50 && !started.every(({ ended }) => ended); round += 1) {
      await turn();
      gc();
    }
  });
  const executions = spans.filter(({ name }) => name === HANDLER || name.startsWith('Resumable'));
  assert.equal(executions.length, 40);
  assert.ok(executions.every(({ ended, status }) => ended && status.code === SpanStatusCode.ERROR));
});

test('spans bear the names and attributes that their handler is made with', async () => {
  const spanOptions = {
    spanName: ({ selfContractUri, consumedEvent }) => `${selfContractUri} ${consumedEvent.type}`,
    attributes: { team: 'billing', 'arvo.handler.source': 'not mine' },
  };
  const { handler, contract } = handlerOf(() => undefined);
  const flow = flowOf(twice, undefined, { spanOptions: { ...spanOptions, spanName: 'Mine' } });
  const machine = orchestratorOf(machineOf(), undefined, { spanOptions: { spanName: 'Machine' } });
  const spans = await recorded(async () => {
    await arvo.createArvoEventHandler({ contract, handler, spanOptions }).execute(eventOf());
    await flow.execute(init());
    await machine.execute(init());
  });
  const { attributes, kind } = named(spans, '#/orders/place com.order.place');
  assert.deepEqual(
    [attributes.team, attributes['arvo.handler.source'], kind],
    ['billing', 'com.order.place', SpanKind.CONSUMER],
  );
  assert.equal(named(spans, 'Mine').attributes['arvo.handler.source'], 'arvo.orc.sum');
  assert.equal(named(spans, 'Machine').kind, SpanKind.PRODUCER);
});

/** Every span of an order's events with its parent, as names. */
const chain = (spans) =>
  spans.filter(({ name }) => /^(Handler|Resumable)/.test(name)).map((span) => [span.name, parentOf(span, spans)]);
const [START, NEXT, SERVICE] = [
  'Resumable<#/flows/sum>@<arvo.orc.sum>',
  'Resumable<#/flows/sum>@<evt.calc.add.success>',
  'Handler<#/services/add>',
];
const WANTED = [
  [START, 'createArvo'],
  [SERVICE, START],
  [NEXT, SERVICE],
  [SERVICE, NEXT],
  [NEXT, SERVICE],
];

test('through a broker every execution is a child of the one that sent its event', async () => {
  const { resolve } = arvo.createSimpleEventBroker([adder, flowOf()]);
  const spans = await recorded(async () => {
    await resolve(init());
  });
  assert.deepEqual(chain(spans), [[START, 'OrchestratorEventFactory.init<arvo.orc.sum>'], ...WANTED.slice(1)]);
  assert.equal(new Set(spans.map((span) => span.spanContext().traceId)).size, 1);
  assert.ok(spans.every(({ ended }) => ended));
});

test('so it is on the workers of a durable store', async (t) => {
  const store = await storeOf(t);
  const spans = await recorded(() =>
    working(store, [adder, flowOf()], async () => {
      const answer = await store.wait(await store.publish(init()), { timeout: 60_000 });
      assert.deepEqual(answer.data, { total: 3 });
    }),
  );
  assert.deepEqual(chain(spans), [[START, 'OrchestratorEventFactory.init<arvo.orc.sum>'], ...WANTED.slice(1)]);
  assert.ok(spans.every(({ ended }) => ended));
});

test('executions of a worker are nothing to the span that it was begun in', async (t) => {
  const store = await storeOf(t);
  const given = [eventOf(), eventOf()];
  const handler = handlerOf(() => placed);
  const publish = async (event) => store.wait(await store.publish(event), { timeout: 60_000 });
  const spans = await recorded(() =>
    tracer().startActiveSpan('boot', async (boot) => {
      const first = store.publish(given[0]);
      await working(store, [handler], async () => {
        await store.wait(await first, { timeout: 60_000 });
        await publish(given[1]);
      });
      boot.end();
    }),
  );
  assert.deepEqual(parents(spans, HANDLER), [null, null]);
});

test('an event is made in a span of its own, unless that is disabled; one that fails says why', async () => {
  const draft = { source: 'com.shop.web', type: 'com.order.place', subject: 's', data: {} };
  let [made, apart, silent] = [];
  const spans = await recorded(async () => {
    made = arvo.createArvoEvent(draft);
    apart = arvo.createArvoEvent({ ...draft, traceparent: TRACEPARENT });
    silent = arvo.createArvoEvent(draft, {}, { disable: true });
    assert.throws(() => arvo.createArvoEvent({ ...draft, source: '' }), arvo.ArvoEventError);
    assert.throws(() => init('no number'), arvo.ArvoFactoryError);
  });
  assert.deepEqual(
    [made.traceparent, apart.traceparent, silent.traceparent],
    [arvo.getOtelHeaderFromSpan(spans[0]).traceparent, TRACEPARENT, null],
  );
  assert.deepEqual(
    spans.map(({ name, status, attributes }) => [name, SpanStatusCode[status.code], attributes['exception.type']]),
    [
      ['createArvoEvent<com.order.place>', 'OK', undefined],
      ['createArvoEvent<com.order.place>', 'OK', undefined],
      ['createArvoEvent<com.order.place>', 'ERROR', 'ArvoEventError'],
      ['OrchestratorEventFactory.init<arvo.orc.sum>', 'ERROR', 'ArvoFactoryError'],
    ],
  );
});

test('user code writes lines and errors on the active span, and reads its headers', async () => {
  let headers;
  const handler = handlerOf(async () => {
    await turn();
    headers = arvo.currentOpenTelemetryHeaders();
    arvo.logToSpan({ level: 'WARNING', message: 'half way', step: '2' });
    arvo.exceptionToSpan(new RangeError('too far'));
  });
  const spans = await recorded(() => handler.execute(eventOf()));
  const span = named(spans, HANDLER);
  assert.deepEqual(headers, arvo.getOtelHeaderFromSpan(span));
  const own = span.events.filter(({ attributes }) => /half way|too far/.test(JSON.stringify(attributes)));
  assert.deepEqual(
    own.map(({ name }) => name),
    ['log', 'exception'],
  );
  assert.deepEqual(own[0].attributes, { 'log.severity': 'WARNING', 'log.message': 'half way', step: '2' });
  assert.equal(own[1].attributes['exception.type'], 'RangeError');
  assert.match(own[1].attributes['exception.stacktrace'], /telemetry\.test/);
  assert.equal(span.attributes['exception.message'], 'too far');
});

test("spans that a service begins by the reference's class end with what they run", async () => {
  const run = (param) => arvo.ArvoOpenTelemetry.getInstance().startActiveSpan(param);
  const spans = await recorded(async () => {
    assert.equal(run({ name: 'sync', fn: () => mark('inner') }), undefined);
    const later = async () => {
      await turn();
      mark('later');
      return 2;
    };
    assert.equal(await run({ name: 'async', fn: later }), 2);
    assert.throws(() => run({ name: 'fails', fn: () => assert.fail('so') }), /so/);
    await assert.rejects(run({ name: 'rejects', fn: async () => assert.fail('late') }), /late/);
    const context = { inheritFrom: 'TRACE_HEADERS', traceHeaders: { traceparent: TRACEPARENT, tracestate: null } };
    run({ name: 'remote one', context, spanOptions: { kind: SpanKind.CLIENT, attributes: { a: 1 } }, fn: () => {} });
    run({ name: 'left', disableSpanManagement: true, fn: () => {} });
  });
  assert.deepEqual(parents(spans, 'inner').concat(parents(spans, 'later')), ['sync', 'async']);
  const shown = (name) => [SpanStatusCode[named(spans, name).status.code], named(spans, name).ended];
  assert.deepEqual(['sync', 'async', 'fails', 'rejects', 'left'].map(shown), [
    ['OK', true],
    ['OK', true],
    ['ERROR', true],
    ['ERROR', true],
    ['UNSET', false],
  ]);
  const remote = named(spans, 'remote one');
  assert.deepEqual([parentOf(remote, spans), remote.kind], ['remote', SpanKind.CLIENT]);
  assert.deepEqual(remote.attributes, { 'arvo.span.kind': 'internal', a: 1 });
  assert.equal(run({ name: 'off', fn: (span) => span.setAttribute('a', 1).isRecording() }), false);
});
