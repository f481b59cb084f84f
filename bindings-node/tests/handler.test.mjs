// Handlers: whatever a function does, what comes out is events or one error of its own class.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { native } from '../dist/native.js';
import {
  ArvoContractError,
  ArvoEvent,
  ArvoEventError,
  ConfigViolation,
  ContractViolation,
  contractOf,
  createArvoContract,
  createArvoEventHandler,
  ExecutionViolation,
  eventOf,
  handlerOf,
  isViolationError,
  PLACE,
  PLACED,
  placed,
  thrownBy,
  ViolationError,
} from './service.mjs';

const ZOD = contractOf(z.object({ item: z.string(), count: z.number().default(1) }), z.object({ order: z.string() }));
const BOTH = { 'JSON Schema': contractOf(), Zod: ZOD };

for (const [kind, contract] of Object.entries(BOTH)) {
  test(`${kind}: the function gets validated data and its answer goes back`, async () => {
    const handler = handlerOf(async ({ event, source, domain, contract: version }) => {
      assert.deepEqual(event.data, { item: 'tea', count: 1 });
      assert.deepEqual([source, domain, version.version], ['com.order.place', { self: null, event: 'a.b' }, '1.0.0']);
      return placed();
    }, contract);
    const event = eventOf({ item: 'tea' }, { domain: 'a.b' });
    const { events } = await handler.execute(event);
    assert.deepEqual(
      events.map(({ type, data, to, parentid, subject }) => [type, data, to, parentid, subject]),
      [['evt.order.placed', { order: 'o-1' }, 'com.shop.web', event.id, 'order/1']],
    );
    assert.equal(ArvoEvent.parse(events[0].toString()).toString(), events[0].toString());
  });

  test(`${kind}: data that breaks the contract is a violation that names every place`, async () => {
    const event = eventOf({ item: 7, count: 'many' });
    const violation = await thrownBy(() => handlerOf(() => placed(), contract).execute(event));
    assert.ok(violation instanceof ContractViolation);
    assert.deepEqual(violation.issues.map(({ path }) => path).sort(), ['/count', '/item']);
    assert.match(violation.message, /\/item: /);
    assert.doesNotMatch(violation.message, /many/);
  });

  test(`${kind}: an output that breaks the contract is one too, and nothing is emitted`, async () => {
    const outputs = [placed(), { type: 'evt.order.placed', data: { order: 7 } }];
    const violation = await thrownBy(() => handlerOf(() => outputs, contract).execute(eventOf()));
    assert.ok(violation instanceof ContractViolation);
    assert.deepEqual(
      violation.issues.map(({ path }) => path),
      ['/order'],
    );
  });

  test(`${kind}: wrong things returned are violations that say what was returned`, async () => {
    const wrong = [
      42,
      true,
      'text',
      [null],
      [[placed()]],
      {},
      { data: {} },
      { type: 7, data: {} },
      placed,
      Symbol('s'),
      { ...placed(), time: 'x' },
      { ...placed(), domain: ['No'] },
      { ...placed(), executionunits: Number.POSITIVE_INFINITY },
      { ...placed(), __extensions: { Bad: 1 } },
    ];
    for (const returned of wrong) {
      const violation = await thrownBy(() => handlerOf(async () => returned, contract).execute(eventOf()));
      assert.ok(violation instanceof ContractViolation, String(violation));
    }
    const circular = placed();
    circular.data.self = circular;
    const violation = await thrownBy(() =>
      handlerOf(() => [circular, 1n], contract)
        .execute(eventOf())
        .then(({ events }) => String(events[0])),
    );
    assert.ok(violation instanceof Error);
  });

  test(`${kind}: nothing returned emits nothing`, async () => {
    for (const nothing of [undefined, null, []]) {
      assert.deepEqual((await handlerOf(() => nothing, contract).execute(eventOf())).events, []);
    }
  });

  test(`${kind}: an error becomes a system error event, whatever is thrown`, async () => {
    const told = async (thrown) => {
      const { events } = await handlerOf(async () => Promise.reject(thrown), contract).execute(eventOf());
      assert.deepEqual(
        events.map(({ type, to }) => [type, to]),
        [['sys.com.order.place.error', 'com.shop.web']],
      );
      return events[0].data;
    };
    const error = new RangeError('too far');
    assert.deepEqual(await told(error), { errorName: 'RangeError', errorMessage: 'too far', errorStack: error.stack });
    const noError = { errorName: 'Error', errorStack: null };
    assert.deepEqual(await told('text'), { ...noError, errorMessage: 'text' });
    assert.deepEqual(await told(undefined), { ...noError, errorMessage: 'undefined' });
    assert.deepEqual(await told({ message: 'm' }), { ...noError, errorMessage: 'm' });
    assert.deepEqual(await told(Symbol('s')), { ...noError, errorMessage: 'Symbol(s)' });
    assert.equal((await told(Object.create(null))).errorName, 'Error');
    const hostile = {
      get message() {
        throw new Error('no');
      },
      toString() {
        throw new Error('no');
      },
    };
    assert.equal((await told(hostile)).errorName, 'Error');
    assert.equal(
      (await told(Object.assign(new Error('lone \ud800'), { stack: undefined }))).errorMessage,
      'lone \ufffd',
    );
  });

  test(`${kind}: a violation that is thrown comes out as itself`, async () => {
    class RateLimited extends ViolationError {
      constructor() {
        super({ type: 'RateLimited', message: 'slow down', metadata: { retryAfter: 5 } });
      }
    }
    const foreign = Object.assign(new Error('m'), { isArvoViolationError: true, type: 'T', name: 'N' });
    for (const violation of [new RateLimited(), new ConfigViolation('no'), new ExecutionViolation('stop'), foreign]) {
      const thrown = await thrownBy(() =>
        handlerOf(() => {
          throw violation;
        }, contract).execute(eventOf()),
      );
      assert.equal(thrown, violation);
      assert.ok(isViolationError(thrown));
    }
  });

  test(`${kind}: an execution whose function never answers can be given up`, async () => {
    const before = native.openExecutions();
    let settle;
    const handler = handlerOf(
      () =>
        new Promise((resolve) => {
          settle = resolve;
        }),
      contract,
    );
    const abort = new AbortController();
    const running = handler.execute(eventOf(), { signal: abort.signal });
    assert.equal(native.openExecutions(), before + 1);
    abort.abort(new Error('no more time'));
    const violation = await thrownBy(() => running);
    assert.ok(violation instanceof ExecutionViolation);
    assert.equal(violation.cause.message, 'no more time');
    assert.equal(native.openExecutions(), before);
    settle(placed()); // too late: nobody waits, nothing happens
    await sleep(1);
  });

  test(`${kind}: a signal that is aborted before, and one that is never used`, async () => {
    const handler = handlerOf(async () => sleep(1).then(() => placed()), contract);
    assert.ok(
      (await thrownBy(() => handler.execute(eventOf(), { signal: AbortSignal.abort() }))) instanceof ExecutionViolation,
    );
    let calls = 0;
    const atOnce = handlerOf(() => {
      calls += 1;
      return placed();
    }, contract);
    const violation = await thrownBy(() => atOnce.execute(eventOf(), { signal: AbortSignal.abort('enough') }));
    assert.ok(violation instanceof ExecutionViolation);
    assert.deepEqual([violation.cause, calls], ['enough', 0], 'its function is not called');
    const { signal } = new AbortController();
    assert.equal((await handler.execute(eventOf(), { signal })).events.length, 1);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
}

test('two events of one envelope are told apart by their data, however it crosses', async () => {
  const same = { id: 'one', time: '2026-01-31T12:00:00.000Z' };
  const seen = [];
  const json = handlerOf(({ event }) => void seen.push(event.data));
  const hosted = handlerOf(({ event }) => void seen.push(event.data), contractOf(z.object({ item: z.string() })));
  for (const handler of [json, hosted]) {
    await handler.execute(eventOf({ item: 'tea' }, same));
    await handler.execute(eventOf({ item: 'milk' }, same));
    const refused = await thrownBy(() => handler.execute(eventOf({}, same)));
    assert.ok(refused instanceof ContractViolation, refused?.stack);
  }
  assert.deepEqual(
    seen.map(({ item }) => item),
    ['tea', 'milk', 'tea', 'milk'],
  );
});

test('an event of another type, uri or version is refused', async () => {
  const handler = handlerOf(() => placed());
  const refusal = async (more) => thrownBy(() => handler.execute(eventOf(undefined, more)));
  assert.ok((await refusal({ type: 'com.other.type' })) instanceof ConfigViolation);
  assert.ok((await refusal({ dataschema: '#/other/1.0.0' })) instanceof ContractViolation);
  assert.ok((await refusal({ dataschema: '#/orders/place/9.0.0' })) instanceof ConfigViolation);
});

test('what is no event is refused', async () => {
  for (const contract of [contractOf(), ZOD]) {
    for (const event of [eventOf().toJSON(), eventOf().toString(), null, undefined, 7]) {
      assert.ok((await thrownBy(() => handlerOf(() => placed(), contract).execute(event))) instanceof ArvoEventError);
    }
  }
});

test('a handler without a function for a version is refused', async () => {
  const versions = { '1.0.0': { accepts: PLACE, emits: {} }, '2.0.0': { accepts: PLACE, emits: {} } };
  const contract = createArvoContract({ uri: '#/a', type: 'com.order.place', versions });
  for (const handler of [{ '1.0.0': () => {} }, { '1.0.0': () => {}, '2.0.0': 'no function' }, undefined]) {
    const error = await thrownBy(() => createArvoEventHandler({ contract, executionunits: 0, handler }));
    assert.ok(error instanceof ArvoContractError);
    assert.match(error.message, /requires handler implementation for version/);
  }
  const endless = { contract, executionunits: Number.NaN, handler: { '1.0.0': () => {}, '2.0.0': () => {} } };
  assert.ok((await thrownBy(() => createArvoEventHandler(endless))) instanceof ArvoContractError);
});

test('schemas of two kinds live in one contract', async () => {
  const contract = createArvoContract({
    uri: '#/orders/place',
    type: 'com.order.place',
    versions: {
      '1.0.0': { accepts: PLACE, emits: { 'evt.order.placed': z.object({ order: z.string().default('none') }) } },
      '2.0.0': {
        accepts: z.object({ item: z.string().transform((text) => text.toUpperCase()) }),
        emits: { 'evt.order.placed': PLACED },
      },
    },
  });
  const handler = createArvoEventHandler({
    contract,
    executionunits: 0,
    handler: {
      '1.0.0': ({ event }) => [{ type: 'evt.order.placed', data: {} }, placed(event.data.item + event.data.count)],
      '2.0.0': ({ event }) => placed(event.data.item),
    },
  });
  const answers = async (version) => {
    const { events } = await handler.execute(eventOf({ item: 'tea' }, { dataschema: `#/orders/place/${version}` }));
    return events.map(({ data }) => data.order);
  };
  assert.deepEqual(await answers('1.0.0'), ['none', 'tea1']);
  assert.deepEqual(await answers('2.0.0'), ['TEA']);
});

test('handlers may be executed within handlers, and side by side', async () => {
  const inner = handlerOf(async () => placed('inner'), ZOD);
  const outer = handlerOf(async () => {
    const [one, two] = await Promise.all([inner.execute(eventOf()), inner.execute(eventOf())]);
    return [...one.events, ...two.events].map(({ data }) => placed(data.order));
  });
  const runs = await Promise.all(Array.from({ length: 50 }, () => outer.execute(eventOf())));
  assert.ok(runs.every(({ events }) => events.map(({ data }) => data.order).join() === 'inner,inner'));
  assert.equal(native.openExecutions(), 0);
});

test('the event that is handled stays as it was', async () => {
  const event = eventOf({ item: 'tea', more: { a: 1 } });
  const before = event.toString();
  const handler = handlerOf(
    ({ event: given }) => {
      assert.throws(() => {
        given.data.item = 'coffee';
      }, TypeError);
      assert.deepEqual({ ...given, data: null }, { ...event.toJSON(), data: null });
      return placed();
    },
    contractOf({ type: 'object' }),
  );
  await handler.execute(event);
  assert.equal(event.toString(), before);
});
