// Telemetry: what is measured, what a broken tracer or meter can't harm, what it costs while it is off.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { metrics } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import * as arvo from '../dist/index.js';
import { adder, flowOf, init } from './flow.mjs';
import { orchestratorOf } from './machines.mjs';
import { eventOf, handlerOf } from './service.mjs';
import { recorded } from './spans.mjs';

const placed = { type: 'evt.order.placed', data: { order: 'o' } };

class Reader extends MetricReader {
  async onShutdown() {}
  async onForceFlush() {}
}

/** What was measured while something ran: each metric with its data points. */
async function measured(run) {
  const reader = new Reader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  try {
    await run();
  } finally {
    metrics.disable();
  }
  const { resourceMetrics } = await reader.collect();
  const found = resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => ({ ...metric, scope })),
  );
  return new Map(found.map((metric) => [metric.descriptor.name, metric]));
}

/** A promise, and what settles it. */
function latch() {
  const made = {};
  made.opened = new Promise((resolve) => {
    made.open = resolve;
  });
  return made;
}

test('executions are measured, with or without a tracer', async () => {
  const values = (metric) => metric.dataPoints.map(({ value, attributes }) => [value.count ?? value, attributes]);
  const conversation = async () => {
    const { resolve } = arvo.createSimpleEventBroker([adder, flowOf()]);
    assert.deepEqual((await resolve(init())).data, { total: 3 });
    await assert.rejects(handlerOf(() => placed).execute(eventOf({ item: 1 })));
  };
  for (const run of [conversation, () => recorded(conversation)]) {
    const found = await measured(run);
    const of = (source, more = {}) => ({
      'messaging.system': 'arvo',
      'messaging.operation.name': 'process',
      'messaging.destination.name': source,
      ...more,
    });
    const failure = { 'error.type': 'ViolationError<Contract>' };
    const consumed = [
      [3, of('arvo.orc.sum')],
      [2, of('com.calc.add')],
      [1, of('com.order.place', failure)],
    ];
    assert.deepEqual(values(found.get('messaging.client.consumed.messages')), consumed);
    assert.deepEqual(values(found.get('messaging.process.duration')), consumed);
    assert.deepEqual(values(found.get('messaging.client.sent.messages')), [
      [3, of('arvo.orc.sum')],
      [2, of('com.calc.add')],
    ]);
    assert.deepEqual(values(found.get('arvo.execution.violations')), [[1, of('com.order.place', failure)]]);
    assert.deepEqual(values(found.get('arvo.lock.wait.duration')), [
      [3, { 'messaging.destination.name': 'arvo.orc.sum' }],
    ]);
    assert.deepEqual(values(found.get('arvo.queue.depth')), [[0, {}]]);
    const { descriptor, dataPoints, scope } = found.get('messaging.process.duration');
    assert.equal(descriptor.unit, 's');
    assert.equal(dataPoints[0].value.buckets.boundaries[0], 0.005);
    assert.equal(scope.name, 'arvo');
  }
});

test('the depth of a queue is measured whenever it changes', async () => {
  const depths = [];
  const silent = { add() {}, record() {} };
  const meter = {
    createCounter: () => silent,
    createHistogram: () => silent,
    createGauge: (name) => ({ record: (value) => depths.push([name, value]) }),
  };
  metrics.setGlobalMeterProvider({ getMeter: () => meter });
  const broker = new arvo.SimpleEventBroker();
  broker.subscribe('com.order.place', ({ id }) =>
    id === 'first' ? [broker.publish(eventOf()), broker.publish(eventOf())] : undefined,
  );
  await broker.publish(eventOf({ item: 'tea' }, { id: { deduplication: 'DEVELOPER_MANAGED', value: 'first' } }));
  metrics.disable();
  assert.deepEqual(
    depths.slice(0, 4),
    [1, 1, 2, 0].map((depth) => ['arvo.queue.depth', depth]),
  );
});

test('a worker measures what waits in its store for what it serves', async () => {
  const store = await arvo.openStore('sqlite::memory:');
  const receipts = [];
  for (const subject of ['s/1', 's/2', 's/3'])
    receipts.push(await store.publish(eventOf({ item: 'tea' }, { subject })));
  const [began, goOn] = [latch(), latch()];
  const handler = handlerOf(async () => {
    began.open();
    await goOn.opened;
    return placed;
  });
  let ended;
  const worker = new arvo.Worker(store, [handler], { capacity: 1, signals: false });
  const found = await measured(async () => {
    ended = worker.run();
    await began.opened;
  });
  const { descriptor, dataPoints } = found.get('arvo.queue.depth');
  assert.equal(descriptor.unit, '{event}');
  assert.deepEqual(
    dataPoints.map(({ value, attributes }) => [value, attributes]),
    [[2, { 'messaging.destination.name': 'com.order.place' }]],
  );
  goOn.open();
  for (const receipt of receipts) assert.ok(await store.wait(receipt, { timeout: 30_000 }));
  worker.stop();
  await ended;
  await store.close();
});

test('a meter that throws takes no event from a worker', async () => {
  const told = [];
  const silent = { add() {}, record() {} };
  const record = (...measured) => {
    told.push(measured);
    throw new Error('the meter is broken');
  };
  const meter = { createCounter: () => silent, createHistogram: () => silent, createGauge: () => ({ record }) };
  metrics.setGlobalMeterProvider({ getMeter: () => meter });
  const store = await arvo.openStore('sqlite::memory:');
  const receipt = await store.publish(eventOf());
  const worker = new arvo.Worker(store, [handlerOf(() => placed)], { signals: false });
  const ended = worker.run();
  assert.ok(await store.wait(receipt, { timeout: 30_000 }));
  worker.stop();
  await ended;
  metrics.disable();
  await store.close();
  assert.deepEqual(told, [[0, { 'messaging.destination.name': 'com.order.place' }]]);
});

test('a meter that throws loses no event', async () => {
  const fails = () => assert.fail('the meter is broken');
  const silent = { add() {}, record() {} };
  const meter = { createCounter: () => silent, createHistogram: () => silent, createGauge: () => silent };
  const providers = [
    { getMeter: fails },
    { getMeter: () => ({ ...meter, createCounter: fails }) },
    { getMeter: () => ({ ...meter, createHistogram: () => ({ record: fails }) }) },
    { getMeter: () => ({ ...meter, createGauge: () => ({ record: fails }) }) },
  ];
  for (const provider of providers) {
    const { resolve } = arvo.createSimpleEventBroker([adder, flowOf()]);
    metrics.setGlobalMeterProvider(provider);
    const { data } = await resolve(init());
    metrics.disable();
    assert.deepEqual(data, { total: 3 });
  }
});

/** A provider whose spans are fine, but for one method. */
function broken(method) {
  const fails = () => {
    throw new Error(`${method} is broken`);
  };
  const span = {
    spanContext: () => ({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }),
    isRecording: () => true,
    recordException() {},
    updateName: () => span,
    addLink: () => span,
    addLinks: () => span,
    setAttribute: () => span,
    setAttributes: () => span,
    addEvent: () => span,
    setStatus: () => span,
    end() {},
  };
  const tracer = { startSpan: () => span, startActiveSpan: fails };
  const provider = { getTracer: () => tracer };
  for (const owner of [span, tracer, provider]) if (method in owner) owner[method] = fails;
  return provider;
}

test('a tracer that throws, at whichever method, loses no event', async () => {
  const methods = [
    'getTracer',
    'startSpan',
    'spanContext',
    'isRecording',
    'setAttributes',
    'addEvent',
    'setStatus',
    'end',
  ];
  for (const method of methods) {
    const { resolve } = arvo.createSimpleEventBroker([adder, flowOf()], { onError: (error) => assert.fail(error) });
    const machine = orchestratorOf();
    await recorded(async () => {
      assert.deepEqual((await resolve(init())).data, { total: 3 }, method);
      assert.equal((await machine.execute(init())).events.length, 1, method);
      const { events } = await handlerOf(async () => {
        await turn();
        arvo.logToSpan({ level: 'INFO', message: 'm' });
        arvo.exceptionToSpan(new Error('m'));
        arvo.currentOpenTelemetryHeaders();
        return arvo.ArvoOpenTelemetry.getInstance().startActiveSpan({ name: 'own', fn: () => placed });
      }).execute(eventOf());
      assert.equal(events.length, 1, method);
    }, broken(method));
  }
});

test('a keeper of contexts that throws, before or after what it runs, runs it once', async () => {
  const { context } = await import('@opentelemetry/api');
  const managers = {
    active: () => ({ active: () => assert.fail('active') }),
    before: (root) => ({ active: () => root, with: () => assert.fail('with') }),
    after: (root) => ({
      active: () => root,
      with: (_context, run) => {
        run();
        assert.fail('with');
      },
    }),
  };
  for (const make of Object.values(managers)) {
    let calls = 0;
    await recorded(async () => {
      const root = context.active();
      context.disable();
      context.setGlobalContextManager({ disable() {}, enable() {}, bind: (_, target) => target, ...make(root) });
      const handler = handlerOf(async () => {
        calls += 1;
        return placed;
      });
      const event = arvo.ArvoEvent.parse(JSON.stringify({ ...eventOf().toJSON() }));
      assert.equal((await handler.execute(event)).events.length, 1);
    });
    assert.equal(calls, 1);
  }
});

test('an exporter that never finishes loses no event and no time', async () => {
  const exporter = { export() {}, shutdown: async () => {}, forceFlush: async () => {} };
  const spanProcessors = [
    new BatchSpanProcessor(exporter, { maxExportBatchSize: 1, maxQueueSize: 2, exportTimeoutMillis: 20 }),
  ];
  const { resolve } = arvo.createSimpleEventBroker([adder, flowOf()]);
  await recorded(async () => {
    for (let round = 0; round < 20; round += 1) assert.deepEqual((await resolve(init())).data, { total: 3 });
  }, new BasicTracerProvider({ spanProcessors }));
});

/** Runs a script of its own; what it printed. */
function ran(script) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout + stderr;
}

test('while it is off, nothing is loaded, called or printed', () => {
  const said = ran(`
    import Module from 'node:module';
    import assert from 'node:assert/strict';
    const loaded = [];
    const load = Module._load;
    Module._load = function (name, ...more) { loaded.push(name); return load.call(this, name, ...more); };
    const { resolveFlow } = await import('./off.mjs');
    await resolveFlow();
    assert.ok(loaded.some((name) => name.endsWith('arvo.node')));
    assert.deepEqual(loaded.filter((name) => name.includes('opentelemetry')), []);
    // OpenTelemetry's own place is there, but nobody is registered.
    const api = await import('@opentelemetry/api');
    const watched = (target) => new Proxy(target, { get: (of, name) => typeof of[name] === 'function' ? assert.fail(String(name)) : of[name] });
    globalThis[Symbol.for('opentelemetry.js.api.1')] = watched({ version: '1.9.0' });
    await resolveFlow();
  `);
  assert.equal(said, '');
});

test('a program with types needs no package of OpenTelemetry', () => {
  const seen = new Set();
  const visit = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = readFileSync(new URL(`../dist/${name}.d.ts`, import.meta.url), 'utf8');
    assert.doesNotMatch(text, /from '@opentelemetry/, name);
    for (const [, next] of text.matchAll(/'\.\/([\w-]+)\.js'/g)) visit(next);
  };
  visit('index');
  assert.ok(seen.size > 10);
});
