// Workers: what they serve, several processes on one file, and those that are stopped, killed, or broken.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { z } from 'zod';
import * as arvo from '../dist/index.js';
import { native } from '../dist/native.js';
import { folderOf, handlersOf, KINDS, processOf, request, serviceOf, storeOf, working } from './durable.mjs';
import { adder, flowOf, init } from './flow.mjs';
import { thrownBy } from './service.mjs';

const WAIT = { timeout: 60_000 };

/** A store in a folder, and the file in which its workers note what they handle. */
function placeOf(t) {
  const folder = folderOf(t);
  const ledger = join(folder, 'ledger');
  return { url: `sqlite:${join(folder, 'store.db')}`, ledger, noted: () => readFileSync(ledger, 'utf8').split('\n') };
}

test('functions run side by side, as many as there is capacity for', async (t) => {
  const store = await storeOf(t);
  let [running, most] = [0, 0];
  const service = serviceOf(async () => {
    most = Math.max(most, ++running);
    await sleep(20);
    running -= 1;
  });
  for (const [capacity, wanted] of [
    [1, 1],
    [4, 4],
  ]) {
    most = 0;
    const events = Array.from({ length: 8 }, (_, at) => request({ subject: `${capacity}/${at}` }));
    await working(
      store,
      [service],
      async () => {
        await Promise.all((await store.publishAll(events)).map((receipt) => store.wait(receipt, WAIT)));
      },
      { capacity },
    );
    assert.equal(most, wanted);
  }
});

test('hundreds of workflows in flight end once each', async (t) => {
  const store = await storeOf(t, `${placeOf(t).url}?synchronous=normal`);
  const seen = new Set();
  const worker = await working(
    store,
    handlersOf(KINDS.Zod, ({ id }) => void seen.add(id)),
    async () => {
      const receipts = await store.publishAll(Array.from({ length: 300 }, (_, a) => init(a)));
      const answers = await Promise.all(receipts.map((receipt) => store.wait(receipt, WAIT)));
      answers.forEach(({ data }, a) => {
        assert.deepEqual(data, { total: a + 2 });
      });
    },
  );
  assert.deepEqual([seen.size, worker.tally().handled], [600, 1500]);
});

test('what a worker cannot serve is refused', async (t) => {
  const store = await storeOf(t);
  for (const handler of [{ source: 'com.a.b', domain: null, execute: async () => ({ events: [] }) }, undefined]) {
    assert.throws(() => new arvo.Worker(store, [handler]), arvo.ArvoContractError);
  }
  const wrapped = serviceOf();
  wrapped.execute = async () => ({ events: [] });
  assert.throws(
    () => new arvo.Worker(store, [wrapped]),
    /a worker can't run com.calc.add: .*whose execute is their own/,
  );
  for (const [handlers, wanted] of [
    [[], /serves nothing/],
    [[serviceOf(), adder], /two handlers of the worker serve com.calc.add/],
  ]) {
    const error = await thrownBy(() => new arvo.Worker(store, handlers).run());
    assert.ok(error instanceof arvo.ArvoContractError);
    assert.match(error.message, wanted);
  }
  assert.throws(() => new arvo.Worker(store, [adder], { lease: 'long' }), /the worker's lease is no number but string/);
  for (const [options, wanted] of [
    [{ lease: 0 }, /^the worker's lease can't be 0 milliseconds: give 30 to 86400000 milliseconds$/],
    [{ lease: Number.NaN }, /lease can't be NaN/],
    [{ capacity: 0 }, /^the worker's capacity can't be 0: give a whole number from 1 to 100000$/],
    [{ capacity: 1.5 }, /capacity can't be 1.5/],
    [{ retry: { tries: 0 } }, /tries can't be 0/],
    [{ retry: { first: -1 } }, /first wait can't be -1/],
    [{ retry: { longest: Number.POSITIVE_INFINITY } }, /longest wait can't be inf/],
    [{ name: '' }, /^the worker's name can't be "": give a name of 1 to 200 bytes/],
    [{ name: 'a\nb' }, /name can't be "a\\nb"/],
  ]) {
    const error = await thrownBy(() => new arvo.Worker(store, [adder], options).run());
    assert.ok(error instanceof arvo.ArvoContractError);
    assert.match(error.message, wanted);
  }
});

test('a worker runs once, and one that was stopped before does not begin', async (t) => {
  const store = await storeOf(t);
  const worker = await working(store, [adder], async (worker) => {
    assert.match((await thrownBy(() => worker.run())).message, /runs once/);
  });
  assert.match((await thrownBy(() => worker.run())).message, /runs once/);
  const stopped = new arvo.Worker(placeOf(t).url, [adder]);
  stopped.stop();
  await stopped.run();
  assert.deepEqual(stopped.tally(), { claimed: 0, repeated: 0, handled: 0, failed: 0, lost: 0 });
});

test('a worker is known by its name while it runs, and leaves no listener of signals', async (t) => {
  const store = await storeOf(t);
  const before = process.listenerCount('SIGTERM');
  await working(
    store,
    [adder],
    async () => {
      while ((await store.counts()).workers.length === 0) await sleep(1);
      assert.deepEqual((await store.counts()).workers, ['one']);
      assert.equal(process.listenerCount('SIGTERM'), before + 1);
    },
    { name: 'one', signals: true },
  );
  assert.deepEqual((await store.counts()).workers, []);
  assert.equal(process.listenerCount('SIGTERM'), before);
});

test('an event whose driver breaks is tried again, then a dead letter', async (t) => {
  const store = await storeOf(t);
  const trap = () => {
    throw new RangeError('caught in a trap');
  };
  const service = serviceOf(() => Promise.reject(new Proxy({}, { getPrototypeOf: trap, get: trap })));
  await working(
    store,
    [service],
    async () => {
      const error = await thrownBy(async () => store.wait(await store.publish(request()), WAIT));
      assert.ok(error instanceof arvo.DeadLetterError, error.stack);
      assert.deepEqual(
        error.failures.map(({ name, message }) => [name, message]),
        Array(2).fill(['RangeError', 'caught in a trap']),
      );
    },
    { retry: { tries: 2, first: 1, longest: 1 } },
  );
});

test('what a function gives that is no JSON is its fault, a dead letter at once with either kind of schema', async (t) => {
  const throws = {
    toJSON() {
      throw new Error('not this one');
    },
  };
  const schemas = { 'JSON Schema': { type: 'object' }, Zod: z.object({ sum: z.number(), note: z.any() }) };
  for (const [kind, emits] of Object.entries(schemas)) {
    for (const [note, wanted] of [
      [1n, /BigInt/],
      ['\ud800', /lone surrogate/],
      [throws, /not this one/],
    ]) {
      const store = await storeOf(t);
      const contract = arvo.createSimpleArvoContract({
        uri: '#/services/add',
        type: 'calc.add',
        versions: { '1.0.0': { accepts: { type: 'object' }, emits } },
      });
      const service = serviceOf(() => ({ type: 'evt.calc.add.success', data: { sum: 3, note } }), contract);
      await working(store, [service], async () => {
        const error = await thrownBy(async () => store.wait(await store.publish(request()), WAIT));
        assert.ok(error instanceof arvo.DeadLetterError, error.stack);
        assert.deepEqual([error.failures.length, error.failures[0].name], [1, 'ViolationError<Contract>'], kind);
        assert.match(error.failures[0].message, wanted, kind);
      });
    }
  }
});

test('whoever asks is told of every failure with its event, and may fail itself', async (t) => {
  const store = await storeOf(t);
  const busy = new arvo.ViolationError({ type: 'Busy', message: 'later' });
  const told = [];
  const printed = t.mock.method(console, 'error', () => {});
  const service = serviceOf(() => {
    if (told.length === 0) throw busy;
    return told.length === 1 ? { type: 'evt.calc.add.success', data: { sum: 'three' } } : undefined;
  });
  const event = request();
  const onError = (error, of) => {
    told.push([error, of.id]);
    throw new Error('the log is full');
  };
  await working(
    store,
    [service],
    async () => {
      const error = await thrownBy(async () => store.wait(await store.publish(event), WAIT));
      assert.ok(error instanceof arvo.DeadLetterError, error.stack);
    },
    { retry: { tries: 3, first: 1, longest: 1 }, onError },
  );
  assert.deepEqual(
    told.map(([, id]) => id),
    [event.id, event.id],
  );
  assert.equal(told[0][0], busy);
  assert.ok(told[1][0] instanceof arvo.ContractViolation);
  assert.equal(printed.mock.callCount(), 2);
});

test('an event whose promise nobody can settle any more is tried again', async (t) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  const store = await storeOf(t);
  let calls = 0;
  const service = serviceOf(() => {
    calls += 1;
    return calls === 1 ? new Promise(() => {}) : undefined;
  });
  const options = { retry: { first: 1, longest: 1 } };
  const during = async () => {
    const answer = store.wait(await store.publish(request()), WAIT);
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    while (!answered) {
      await sleep(5);
      gc();
    }
    assert.deepEqual((await answer).data, { sum: 2 });
  };
  const worker = await working(store, [service], during, options);
  assert.deepEqual([calls, worker.tally().failed, worker.tally().handled], [2, 1, 1]);
  assert.equal(native.openExecutions(), 0);
});

test("a workflow's own memory is not used", async (t) => {
  const store = await storeOf(t);
  const memory = { read: assert.fail, write: assert.fail, lock: assert.fail, unlock: assert.fail };
  await working(store, [flowOf(undefined, memory), adder], async () => {
    const answer = await store.wait(await store.publish(init(1)), WAIT);
    assert.deepEqual(answer.data, { total: 3 });
  });
});

test('two processes share the work, and every call is made once', async (t) => {
  const { url, ledger, noted } = placeOf(t);
  const store = await storeOf(t, url);
  const workers = ['one', 'two'].map((name) => processOf(t, url, name, ledger, '0'));
  for (const { line } of workers) assert.equal(await line(), 'ready');
  const receipts = await Promise.all(Array.from({ length: 200 }, (_, a) => store.publish(init(a))));
  const answers = await Promise.all(receipts.map((receipt) => store.wait(receipt, WAIT)));
  answers.forEach(({ data }, a) => {
    assert.deepEqual(data, { total: a + 2 });
  });
  let handled = 0;
  for (const { child, line, ended } of workers) {
    child.kill('SIGTERM');
    const tally = JSON.parse(await line());
    assert.ok(tally.handled > 0);
    handled += tally.handled;
    assert.deepEqual(await ended, { code: 0, signal: null });
  }
  assert.equal(handled, 1000);
  const calls = noted().slice(0, -1);
  assert.deepEqual([calls.length, new Set(calls).size], [400, 400]);
});

test('a worker that is told to end finishes what runs, and takes nothing more', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const { url, ledger } = placeOf(t);
    const store = await storeOf(t, url);
    const { child, line, ended } = processOf(t, url, 'one', ledger, '300');
    await line();
    const receipt = await store.publish(request());
    assert.equal(await line(), 'begun');
    child.kill(signal);
    const late = await store.publish(request({ subject: 'sum/2' }));
    assert.deepEqual((await store.wait(receipt, WAIT)).data, { sum: 2 });
    assert.equal(JSON.parse(await line()).handled, 1);
    assert.deepEqual(await ended, { code: 0, signal: null });
    assert.equal((await store.history('sum/2')).find(({ seq }) => seq === late.seq).state, 'waiting');
    assert.deepEqual((await store.counts()).workers, []);
  }
});

test('a second signal ends a worker at once', async (t) => {
  const { url, ledger } = placeOf(t);
  const store = await storeOf(t, url);
  const { child, line, ended } = processOf(t, url, 'one', ledger, 'for ever');
  await line();
  await store.publish(request());
  assert.equal(await line(), 'begun');
  child.kill('SIGTERM');
  await sleep(100);
  child.kill('SIGTERM');
  assert.deepEqual(await ended, { code: null, signal: 'SIGTERM' });
});

test('what a killed worker was at is taken over at once by the next of its name', async (t) => {
  const { url, ledger, noted } = placeOf(t);
  const store = await storeOf(t, url);
  const event = init(1);
  const first = processOf(t, url, 'one', ledger, 'for ever');
  await first.line();
  const receipt = await store.publish(event);
  assert.equal(await first.line(), 'begun');
  first.child.kill('SIGKILL');
  await first.ended;
  const second = processOf(t, url, 'one', ledger, '0');
  assert.equal(await second.line(), 'ready');
  assert.deepEqual((await store.wait(receipt, WAIT)).data, { total: 3 });
  second.child.kill('SIGTERM');
  assert.equal(JSON.parse(await second.line()).repeated, 1);
  const [call] = (await store.history(event.subject)).filter(({ consumer }) => consumer === 'com.calc.add');
  assert.deepEqual([call.tries, call.failures.map(({ name }) => name)], [2, ['WorkerLost']]);
  const calls = noted().slice(0, -1);
  assert.deepEqual([calls.length, new Set(calls).size], [3, 2]);
});
