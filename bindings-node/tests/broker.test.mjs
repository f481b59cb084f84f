// Whole flows through the broker: order within each workflow, answers to whom they belong, callbacks that throw.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as arvo from '../dist/index.js';
import { native } from '../dist/native.js';
import { add, adder, flowOf, init, OwnMemory } from './flow.mjs';
import { thrownBy } from './service.mjs';

const quiet = { onError: (error) => assert.fail(error) };

test('ten thousand workflows in one broker all end, each in its order', async () => {
  const COUNT = 10_000;
  const before = process.memoryUsage.rss();
  const { broker } = arvo.createSimpleEventBroker([flowOf(), adder], quiet);
  const ended = new Map();
  broker.subscribe('com.shop.web', ({ subject, data }) => void ended.set(subject, data.total));
  const begun = Array.from({ length: COUNT }, (_, at) => init(at));
  await Promise.all(begun.map((event) => broker.publish(event)));
  assert.equal(ended.size, COUNT);
  for (const [at, { subject }] of begun.entries()) assert.equal(ended.get(subject), at + 2);
  const types = new Map();
  for (const { subject, type } of broker.events) types.set(subject, [...(types.get(subject) ?? []), type]);
  const [ask, answer] = ['com.calc.add', 'evt.calc.add.success'];
  for (const order of types.values())
    assert.deepEqual(order, ['arvo.orc.sum', ask, answer, ask, answer, 'arvo.orc.sum.done']);
  assert.equal(native.openExecutions(), 0);
  const mib = Math.round((process.memoryUsage.rss() - before) / 2 ** 20);
  console.log(`${COUNT} workflows, ${broker.events.length} events in the history: ${mib} MiB`);
});

test('resolve a thousand times at once from one source: each gets its own answer', async () => {
  for (const memory of [new arvo.SimpleMachineMemory(), new OwnMemory()]) {
    const { resolve, broker } = arvo.createSimpleEventBroker([flowOf(undefined, memory), adder], quiet);
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, at) => resolve(init(at))));
    for (const [at, answer] of answers.entries()) assert.equal(answer.data.total, at + 2);
    assert.deepEqual(broker.topics.sort(), ['arvo.orc.sum', 'com.calc.add']);
  }
});

test('a conversation that takes too long is given up; the rest goes on', async () => {
  const waits = [];
  const slow = arvo.createArvoEventHandler({
    contract: add,
    handler: { '1.0.0': () => new Promise((resolve) => void waits.push(resolve)) },
  });
  const { resolve, broker } = arvo.createSimpleEventBroker([flowOf(), slow], quiet);
  const late = await thrownBy(() => resolve(init(), { timeout: 5 }));
  assert.deepEqual([late.name, late.message], ['TimeoutError', 'nothing came back within 5 ms']);
  const reason = new Error('enough');
  assert.equal(await thrownBy(() => resolve(init(), { signal: AbortSignal.abort(reason) })), reason);
  const controller = new AbortController();
  const waiting = thrownBy(() => resolve(init(), { signal: controller.signal }));
  controller.abort(reason);
  assert.equal(await waiting, reason);
  for (const release of waits) release();
  assert.equal(broker.queueLength, 0);
});

test('a time limit that no timer can have is none', async () => {
  const { resolve } = arvo.createSimpleEventBroker([flowOf(), adder], quiet);
  for (const timeout of [Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 31 - 1])
    assert.equal((await resolve(init(), { timeout }))?.type, 'arvo.orc.sum.done');
});

test('a workflow whose signal is aborted already is not called, and stays as it was', async () => {
  let calls = 0;
  const memory = new arvo.SimpleMachineMemory();
  const flow = flowOf(() => {
    calls += 1;
  }, memory);
  const event = init();
  const violation = await thrownBy(() => flow.execute(event, { signal: AbortSignal.abort('enough') }));
  assert.ok(violation instanceof arvo.ExecutionViolation);
  assert.deepEqual([violation.cause, calls, await memory.read(event.subject)], ['enough', 0, null]);
});

test('a handler may resolve and publish from inside', async () => {
  const { resolve, broker } = arvo.createSimpleEventBroker([flowOf(), adder], quiet);
  const seen = [];
  broker.subscribe('com.shop.nested', async (event) => {
    await broker.publish(init(1, 'com.shop.other'));
    seen.push(event.type, (await resolve(init(5, 'com.shop.inner'))).data.total);
  });
  broker.subscribe('com.shop.other', ({ data }) => void seen.push(data.total));
  const event = { source: 'com.shop.web', type: 'com.shop.nested', subject: 's', data: {} };
  await broker.publish(arvo.createArvoEvent(event));
  assert.deepEqual(seen.sort(), [3, 7, 'com.shop.nested']);
});

test('callbacks that throw, in each position, stop nobody else', async (context) => {
  const printed = context.mock.method(console, 'error', () => {});
  const thrown = new Error('no');
  const told = [];
  const onError = (error, event) => {
    told.push([error, event.type]);
    throw new Error('the callback itself');
  };
  const abroad = flowOf(undefined, undefined, { defaultEventEmissionDomains: { services: ['abroad'] } });
  const onDomainedEvents = () => {
    throw thrown;
  };
  const { resolve, broker } = arvo.createSimpleEventBroker([abroad], { onError, onDomainedEvents });
  assert.equal(await resolve(init()), null);
  for (const fails of [thrown, 'text', undefined]) {
    const leave = broker.subscribe('com.shop.fails', () => Promise.reject(fails));
    await broker.publish(
      arvo.createArvoEvent({ source: 'com.shop.web', type: 'com.shop.fails', subject: 's', data: {} }),
    );
    leave();
  }
  assert.deepEqual(told, [
    [thrown, 'com.calc.add'],
    [thrown, 'com.shop.fails'],
    ['text', 'com.shop.fails'],
    [undefined, 'com.shop.fails'],
  ]);
  assert.equal(printed.mock.callCount(), 4);
  assert.equal(broker.getSubscriberCount('com.shop.fails'), 0);
});

test('what is published for an event that left belongs to its conversation', async () => {
  const abroad = flowOf(undefined, undefined, { defaultEventEmissionDomains: { services: ['abroad'] } });
  const onDomainedEvents = async ({ domain, event, broker }) => {
    assert.equal(domain, 'abroad');
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (const answer of (await adder.execute(event)).events) await broker.publish(plain(answer));
  };
  const { resolve } = arvo.createSimpleEventBroker([abroad], { ...quiet, onDomainedEvents });
  assert.equal((await resolve(init(1)))?.data.total, 3);
});

/** The same event inside the local flow. */
function plain(event) {
  return arvo.ArvoEvent.parse(JSON.stringify({ ...event.toJSON(), domain: null }));
}
