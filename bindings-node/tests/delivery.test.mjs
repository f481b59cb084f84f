// Deliveries of the broker to handlers of this package, whose events and answers do not cross: nothing else may differ.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import * as arvo from '../dist/index.js';
import { native } from '../dist/native.js';
import { add, adder, flowOf, init, OwnMemory } from './flow.mjs';

const quiet = { onError: (error) => assert.fail(error) };
const ask = (a = 1) =>
  arvo.createArvoEventFactory(add.version('1.0.0')).accepts({ source: 'com.shop.web', data: { a } });

test('an `execute` that was replaced or overridden is what gets the events', async () => {
  const replaced = arvo.createArvoEventHandler({
    contract: add,
    handler: { '1.0.0': async () => ({ type: 'evt.calc.add.success', data: { sum: 1 } }) },
  });
  const own = replaced.execute.bind(replaced);
  const seen = [];
  replaced.execute = (event) => {
    seen.push(event.type);
    return own(event);
  };
  class Watched extends arvo.ArvoEventHandler {
    execute(event, options) {
      seen.push(`watched ${event.type}`);
      return super.execute(event, options);
    }
  }
  const watched = new Watched({ contract: add, handler: adder.handler });
  for (const handler of [replaced, watched]) {
    const { resolve } = arvo.createSimpleEventBroker([handler], quiet);
    assert.equal(typeof (await resolve(ask())).data.sum, 'number');
  }
  assert.deepEqual(seen, ['com.calc.add', 'watched com.calc.add']);
});

test('functions that answer at once are called one after the other, however many there are', async () => {
  const count = arvo.createArvoContract({
    uri: '#/count',
    type: 'com.count.down',
    versions: { '1.0.0': { accepts: { type: 'object' }, emits: { 'evt.count.went': { type: 'object' } } } },
  });
  const handler = arvo.createArvoEventHandler({
    contract: count,
    handler: {
      '1.0.0': ({ event: { data } }) => ({
        type: 'evt.count.went',
        to: data.left > 0 ? 'com.back.again' : 'com.shop.web',
        data: { left: data.left - 1 },
      }),
    },
  });
  const { broker } = arvo.createSimpleEventBroker([handler], quiet);
  const factory = arvo.createArvoEventFactory(count.version('1.0.0'));
  broker.subscribe('com.back.again', ({ data }) => {
    void broker.publish(factory.accepts({ source: 'com.shop.web', data }));
  });
  const ended = [];
  broker.subscribe('com.shop.web', ({ data }) => void ended.push(data.left));
  await broker.publish(factory.accepts({ source: 'com.shop.web', data: { left: 5000 } }));
  assert.deepEqual(ended, [-1]);
});

test('more answers than are told at once arrive in their order', async () => {
  const many = arvo.createArvoContract({
    uri: '#/many',
    type: 'com.many.send',
    versions: { '1.0.0': { accepts: {}, emits: { 'evt.many.sent': z.object({ at: z.number() }) } } },
  });
  const handler = arvo.createArvoEventHandler({
    contract: many,
    handler: { '1.0.0': () => Array.from({ length: 500 }, (_, at) => ({ type: 'evt.many.sent', data: { at } })) },
  });
  const { broker } = arvo.createSimpleEventBroker([handler], quiet);
  const seen = [];
  broker.subscribe('com.shop.web', ({ data }) => void seen.push(data.at));
  await broker.publish(
    arvo.createArvoEventFactory(many.version('1.0.0')).accepts({ source: 'com.shop.web', data: {} }),
  );
  assert.deepEqual(seen, [...Array(500).keys()]);
});

test('data that cannot be written fails its delivery, with what its `toJSON` threw, and nothing else', async () => {
  const thrown = new Error('no text');
  const contract = arvo.createSimpleArvoContract({
    uri: '#/odd',
    type: 'odd.make',
    versions: { '1.0.0': { accepts: z.object({}), emits: z.object({ odd: z.any() }) } },
  });
  let isOdd = true;
  const toJSON = () => {
    throw thrown;
  };
  const handler = arvo.createArvoEventHandler({
    contract,
    handler: { '1.0.0': async () => ({ type: 'evt.odd.make.success', data: { odd: isOdd ? { toJSON } : 1 } }) },
  });
  const told = [];
  const { resolve } = arvo.createSimpleEventBroker([handler], {
    onError: (error, { type }) => told.push([error, type]),
  });
  const event = () =>
    arvo.createArvoEventFactory(contract.version('1.0.0')).accepts({ source: 'com.shop.web', data: {} });
  assert.equal(await resolve(event()), null);
  assert.equal(told.length, 1);
  const [[error, type]] = told;
  assert.deepEqual([error.name, type], ['ViolationError<Execution>', 'com.odd.make']);
  assert.match(error.message, /evt\.odd\.make\.success/);
  assert.equal(error.cause.cause, thrown);
  isOdd = false;
  assert.deepEqual((await resolve(event())).data, { odd: 1 });
  assert.equal(native.openExecutions(), 0);
});

test('a memory of the user, an error and a violation end a delivery as they end an execution', async () => {
  const violation = new arvo.ViolationError({ type: 'Own', message: 'stop' });
  const told = [];
  const throwing = (thrown) =>
    arvo.createArvoEventHandler({ contract: add, handler: { '1.0.0': () => Promise.reject(thrown) } });
  for (const thrown of [new Error('broken'), violation]) {
    const onError = (error) => told.push(error);
    const { broker, resolve } = arvo.createSimpleEventBroker([flowOf(undefined, new OwnMemory()), throwing(thrown)], {
      onError,
    });
    const answer = await resolve(init());
    const types = broker.events.map(({ type }) => type);
    if (thrown === violation) assert.deepEqual([answer, types.length], [null, 2]);
    else assert.equal(types[2], 'sys.com.calc.add.error');
  }
  assert.equal(told.at(-1), violation);
  assert.equal(native.openExecutions(), 0);
});
