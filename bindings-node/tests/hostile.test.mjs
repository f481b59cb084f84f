// Hostile input: an error each, soon, and nothing else happens.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { z } from 'zod';
import {
  ArvoContractError,
  ArvoEvent,
  ArvoEventError,
  ArvoOrchestrationSubject,
  ArvoSubjectError,
  ContractViolation,
  contractOf,
  createArvoContract,
  createArvoEvent,
  eventOf,
  handlerOf,
  parseArvoEventId,
  placed,
  setLimits,
  thrownBy,
} from './service.mjs';

const SECOND = 1000;

/** What a call throws; it must come within a second. */
async function soon(call) {
  const began = performance.now();
  const thrown = await thrownBy(call);
  assert.ok(performance.now() - began < SECOND);
  return thrown;
}

const textWith = (data) => eventOf({ item: '@' }).toString().replace('{"item":"@"}', data);
const nested = (depth) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;

test('subjects and ids that inflate beyond the limit are refused', async () => {
  const bomb = deflateSync(Buffer.alloc(50 * 1024 * 1024, 0x20)).toString('base64');
  for (const subject of [bomb, 'x'.repeat(10 * 1024 * 1024), Buffer.from(bomb).toString('base64')]) {
    const error = await soon(() => ArvoOrchestrationSubject.parse(subject));
    assert.ok(error instanceof ArvoSubjectError);
    assert.ok(error.message.length < 1000);
    assert.equal(ArvoOrchestrationSubject.isValid(subject), false);
    assert.equal(parseArvoEventId(subject)[0], subject);
  }
});

test('hostile input raises memory by no more than 64 MiB', () => {
  const script = fileURLToPath(new URL('hostile-memory.mjs', import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  assert.match(stdout, /^\d+\n$/, stderr);
  assert.ok(Number(stdout) <= 64, `${stdout} MiB`);
});

test('garbage is no subject', async () => {
  for (const garbage of [
    '',
    '=',
    'AAAA',
    'eJwD',
    '\0',
    '💥',
    deflateSync('{"a":1}').toString('base64'),
    deflateSync('[').toString('base64'),
  ]) {
    assert.ok((await soon(() => ArvoOrchestrationSubject.parse(garbage))) instanceof ArvoSubjectError, garbage);
  }
});

test('garbage is no event', async () => {
  for (const garbage of [
    '',
    ' ',
    'null',
    '[]',
    '1',
    '"text"',
    '{',
    '{}x',
    '\uFEFF{}',
    nested(10_000),
    '['.repeat(10_000),
    'x'.repeat(10_000_000),
  ]) {
    assert.ok((await soon(() => ArvoEvent.parse(garbage))) instanceof ArvoEventError, garbage.slice(0, 20));
  }
});

test('data 10,000 deep is refused, as text and as an object', async () => {
  let deep = {};
  for (let depth = 0; depth < 10_000; depth += 1) deep = { deep };
  assert.ok((await soon(() => ArvoEvent.parse(textWith(nested(10_000))))) instanceof ArvoEventError);
  assert.ok(
    (await soon(() => createArvoEvent({ source: 'a', type: 'com.a.b', subject: 's', data: deep }))) instanceof
      ArvoEventError,
  );
});

test('strings of 10 MB and objects of too many keys are refused', async () => {
  const keys = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 0]));
  for (const data of [{ item: 'x'.repeat(10_000_000) }, keys]) {
    assert.ok((await soon(() => eventOf(data))) instanceof ArvoEventError);
    assert.ok((await soon(() => ArvoEvent.parse(textWith(JSON.stringify(data))))) instanceof ArvoEventError);
  }
});

test('a handler that returns too much breaks its contract, whatever the schema', async () => {
  for (const contract of [contractOf(), contractOf(z.any(), z.any())]) {
    let deep = {};
    for (let depth = 0; depth < 10_000; depth += 1) deep = { deep };
    const output = { type: 'evt.order.placed', data: { order: 'x', deep } };
    const thrown = await soon(async () => {
      const { events } = await handlerOf(() => output, contract).execute(eventOf());
      events[0].toString();
    });
    assert.ok(thrown instanceof Error);
  }
});

test('keys such as __proto__ and constructor are plain data', async () => {
  const hostile = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"item":"tea"}';
  for (const contract of [contractOf(), contractOf(z.object({ item: z.string() }).passthrough(), z.any())]) {
    const handler = handlerOf(
      ({ event }) => ({ type: 'evt.order.placed', data: { order: 'o', echo: event.data } }),
      contract,
    );
    const { events } = await handler.execute(ArvoEvent.parse(textWith(hostile)));
    assert.equal({}.polluted, undefined);
    assert.equal(events[0].data.echo.polluted, undefined);
  }
  const text = textWith(hostile);
  const event = ArvoEvent.parse(text);
  assert.ok(Object.hasOwn(event.data, '__proto__'));
  assert.equal(event.toString(), text);
  assert.equal(Object.getPrototypeOf(event.data), Object.prototype);
});

test('extensions with such names are refused, and pollute nothing', async () => {
  const extensions = JSON.parse('{"__proto__":"x","constructor":"y"}');
  const event = await thrownBy(() =>
    createArvoEvent({ source: 'a', type: 'com.a.b', subject: 's', data: {} }, extensions),
  );
  assert.deepEqual(
    event.broken.map(({ attribute }) => attribute),
    ['__proto__'],
  );
  const types = {
    type: 'com.order.place',
    versions: { '1.0.0': { accepts: {}, emits: JSON.parse('{"__proto__":{}}') } },
  };
  assert.ok((await thrownBy(() => createArvoContract({ uri: '#/a', ...types }))) instanceof ArvoContractError);
});

test('an output whose type is a name of Object.prototype is of no type of the contract', async () => {
  for (const type of ['__proto__', 'constructor', 'toString']) {
    const thrown = await soon(() =>
      handlerOf(() => ({ type, data: {} }), contractOf(z.any(), z.any())).execute(eventOf()),
    );
    assert.ok(thrown instanceof ContractViolation, type);
  }
});

test('lone surrogates are refused, wherever they come in', async () => {
  const lone = '\ud800';
  for (const call of [
    () => eventOf({ item: lone }),
    () => eventOf({ [lone]: 1 }),
    () => eventOf({}, { source: lone }),
    () => ArvoEvent.parse(textWith(`{"item":"${lone}"}`)),
    () => ArvoEvent.parse(textWith('{"item":"\\ud800"}')),
  ]) {
    const error = await soon(call);
    assert.ok(error instanceof ArvoEventError);
    assert.match(error.message, /surrogate/);
  }
  const error = await soon(() => handlerOf(() => placed(lone)).execute(eventOf()));
  assert.ok(error instanceof ContractViolation);
  const { events } = await handlerOf(() => placed(lone), contractOf(z.any(), z.any())).execute(eventOf());
  assert.ok((await soon(() => events[0].toString())) instanceof ArvoEventError);
  const { events: whole } = await handlerOf(() => placed('\\ud800 \u{1f600}'), contractOf(z.any(), z.any())).execute(
    eventOf(),
  );
  assert.equal(JSON.parse(whole[0].toString()).data.order, '\\ud800 \u{1f600}');
});

test('limits can be set, and hold for what comes after', async () => {
  const text = eventOf({ list: [[[]]], 'another key': 1 }).toString();
  const changes = [
    [
      { event: 100 },
      /^an event can't be read: text of \d+ bytes is over the limit of 100; send less, or raise `Limits::event`$/,
    ],
    [{ depth: 3 }, /nested deeper than 3 levels/],
    [{ keys: 1 }, /keys or more, over the limit of 1;/],
  ];
  const usual = { event: 1024 * 1024, depth: 128, keys: 10_000, record: 4 * 1024 * 1024, errorStack: true };
  try {
    for (const [limits, wanted] of changes) {
      setLimits(limits);
      assert.match((await soon(() => ArvoEvent.parse(text))).message, wanted);
      setLimits(usual);
      assert.equal(ArvoEvent.parse(text).toString(), text);
    }
    setLimits({ errorStack: false });
    const failing = handlerOf(() => {
      throw new Error('no');
    });
    const [error] = (await failing.execute(eventOf())).events;
    assert.deepEqual([error.data.errorMessage, error.data.errorStack], ['no', null]);
    for (const [limits, wanted] of [
      [{ event: -1 }, /^the limit event is -1; it must be a whole number from 0$/],
      [{ depth: 1.5 }, /depth is 1.5/],
      [{ keys: '9' }, /keys is 9/],
      [{ record: Number.NaN }, /record is NaN/],
    ]) {
      assert.throws(
        () => setLimits(limits),
        (thrown) => thrown instanceof RangeError && wanted.test(thrown.message),
      );
    }
  } finally {
    setLimits(usual);
  }
});
