// The durable store: whole workflows, duplicates, dead letters, timers, domains, and what is wrong with a store.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as arvo from '../dist/index.js';
import { native } from '../dist/native.js';
import { folderOf, handlersOf, KINDS, request, serviceOf, storeOf, urlOf, working } from './durable.mjs';
import { init } from './flow.mjs';
import { orchestratorOf } from './machines.mjs';
import { thrownBy } from './service.mjs';

const WAIT = { timeout: 30_000 };

for (const [kind, contracts] of Object.entries(KINDS)) {
  test(`a workflow of two calls runs to its end: ${kind}`, async (t) => {
    const store = await storeOf(t);
    const event = init(1);
    const worker = await working(store, handlersOf(contracts), async () => {
      const answer = await store.wait(await store.publish(event), WAIT);
      assert.deepEqual([answer.type, answer.data, answer.to], ['arvo.orc.sum.done', { total: 3 }, 'com.shop.web']);
    });
    assert.deepEqual(worker.tally(), { claimed: 5, repeated: 0, handled: 5, failed: 0, lost: 0 });
    assert.equal(native.openExecutions(), 0);
    const history = await store.history(event.subject);
    const flow = ['arvo.orc.sum', 'done'];
    const call = ['com.calc.add', 'done'];
    assert.deepEqual(
      history.map(({ consumer, state }) => [consumer, state]),
      [flow, call, flow, call, flow, ['com.shop.web', 'waiting']],
    );
    assert.equal(history[0].event.toString(), event.toString());
    const workflow = await store.workflow(event.subject);
    assert.deepEqual([workflow.status, workflow.revision, workflow.record.status], ['done', 3, 'done']);
    assert.deepEqual(
      (await store.workflows({ status: 'done' })).map(({ subject }) => subject),
      [event.subject],
    );
    assert.deepEqual(await store.workflows({ status: 'failed' }), []);
    assert.deepEqual((await store.counts()).workflows, { done: 1 });
  });
}

test('a machine runs on a store', async (t) => {
  const store = await storeOf(t);
  const event = init(1);
  const worker = await working(store, [orchestratorOf(), serviceOf()], async () => {
    const answer = await store.wait(await store.publish(event), WAIT);
    assert.deepEqual([answer.type, answer.data], ['arvo.orc.sum.done', { total: 2 }]);
  });
  assert.deepEqual([worker.tally().handled, native.openExecutions()], [3, 0]);
  const { status, record } = await store.workflow(event.subject);
  assert.deepEqual([status, record.value], ['done', 'done']);
});

test('text outside ASCII comes back as it was', async (t) => {
  const store = await storeOf(t);
  const event = request({ source: 'com.shop.web', data: { a: 1, 'grüße 🐙': '"\\u00e9"' } });
  const { seq } = await store.publish(event);
  const [posting] = await store.history(event.subject);
  assert.equal(posting.seq, seq);
  assert.deepEqual(posting.event, event);
});

test('an event that comes a hundred times at once is handled once, and answered a hundred times', async (t) => {
  const store = await storeOf(t);
  let calls = 0;
  await working(
    store,
    handlersOf(KINDS.Zod, () => {
      calls += 1;
    }),
    async () => {
      const event = init(1);
      const receipts = await Promise.all(Array.from({ length: 100 }, () => store.publish(event)));
      assert.equal(receipts.filter(({ fresh }) => fresh).length, 1);
      assert.equal(new Set(receipts.map(({ seq }) => seq)).size, 1);
      const answers = await Promise.all(receipts.map((receipt) => store.wait(receipt, WAIT)));
      assert.equal(new Set(answers.map(String)).size, 1);
    },
  );
  assert.equal(calls, 2);
});

test('a contract violation is a dead letter at once, and retried when somebody says so', async (t) => {
  const store = await storeOf(t);
  let broken = true;
  const service = serviceOf(() => {
    if (broken) throw new arvo.ContractViolation('no such item');
  });
  await working(store, [service], async (worker) => {
    const receipt = await store.publish(request());
    const error = await thrownBy(() => store.wait(receipt, WAIT));
    assert.ok(error instanceof arvo.DeadLetterError, error.stack);
    assert.equal(error.seq, receipt.seq);
    assert.deepEqual(
      error.failures.map(({ name, message }) => [name, message]),
      [['ViolationError<Contract>', 'ViolationError<Contract> no such item']],
    );
    assert.match(error.message, /dead letter: .*no such item; retry or drop it/);
    assert.equal(worker.tally().failed, 1);
    const [letter] = await store.dead();
    assert.deepEqual([letter.seq, letter.state, letter.tries], [receipt.seq, 'dead', 1]);
    broken = false;
    await store.retry(letter);
    assert.deepEqual((await store.wait(receipt, WAIT)).data, { sum: 2 });
    assert.deepEqual(await store.dead(), []);
    assert.match((await thrownBy(() => store.retry(letter))).message, /only one that is dead can be retried/);
  });
});

for (const [kind, violation] of [
  ['an execution violation', () => new arvo.ExecutionViolation('not now')],
  ["a violation of the user's own", () => new arvo.ViolationError({ type: 'RateLimited', message: 'not now' })],
]) {
  test(`${kind} is retried, until it passes or its tries are used up`, async (t) => {
    const store = await storeOf(t);
    let calls = 0;
    const service = serviceOf(({ data }) => {
      calls += 1;
      if (calls < data.a) throw violation();
    });
    const retry = { tries: 3, first: 1, longest: 2 };
    await working(
      store,
      [service],
      async () => {
        const answer = await store.wait(await store.publish(request({ data: { a: 3 } })), WAIT);
        assert.deepEqual([calls, answer.data], [3, { sum: 4 }]);
        calls = 0;
        const receipt = await store.publish(request({ data: { a: 9 }, subject: 'sum/2' }));
        const error = await thrownBy(() => store.wait(receipt, WAIT));
        assert.ok(error instanceof arvo.DeadLetterError);
        assert.deepEqual([calls, error.failures.length], [3, 3]);
        await store.drop(receipt);
        const dropped = await thrownBy(() => store.wait(receipt, WAIT));
        assert.ok(dropped instanceof arvo.StoreError && !(dropped instanceof arvo.DeadLetterError));
        assert.match(dropped.message, /was dropped/);
      },
      { retry },
    );
  });
}

test('a dead letter of a workflow pauses it, and it goes on without the letter', async (t) => {
  const store = await storeOf(t);
  const event = init(1);
  const handlers = handlersOf(
    KINDS.Zod,
    () => undefined,
    () => Promise.reject(new arvo.ConfigViolation('wired wrong')),
  );
  await working(store, handlers, async () => {
    const receipt = await store.publish(event);
    const error = await thrownBy(() => store.wait(receipt, WAIT));
    assert.match(error.message, /wired wrong/);
    assert.equal((await store.workflow(event.subject)).control, 'pause');
    assert.deepEqual((await store.counts()).workflows, { paused: 1 });
    await store.drop(receipt);
    assert.equal((await store.workflow(event.subject)).control, 'run');
  });
});

test('what user code throws otherwise becomes a system error event', async (t) => {
  const store = await storeOf(t);
  const service = serviceOf(() => {
    throw new TypeError('broken');
  });
  const worker = await working(store, [service], async () => {
    const answer = await store.wait(await store.publish(request()), WAIT);
    assert.equal(answer.type, 'sys.com.calc.add.error');
    assert.deepEqual([answer.data.errorName, answer.data.errorMessage], ['TypeError', 'broken']);
  });
  assert.deepEqual([worker.tally().handled, worker.tally().failed], [1, 0]);
});

test('an event with a time is handled then, and keeps nobody else waiting', async (t) => {
  const store = await storeOf(t);
  const order = [];
  const service = serviceOf(({ data }) => void order.push(data.a));
  await working(store, [service], async () => {
    const at = Date.now() + 300;
    const later = await store.publish(request({ data: { a: 2 } }), { deliverAt: new Date(at) });
    const now = await store.publish(request({ data: { a: 1 } }), { deliverAt: 0 });
    await store.wait(now, WAIT);
    assert.deepEqual(order, [1]);
    assert.equal(await store.wait(later, { timeout: 1 }), null);
    await store.wait(later, WAIT);
    assert.ok(Date.now() >= at);
  });
  assert.deepEqual(order, [1, 2]);
  for (const call of [
    () => store.publish(request(), { deliverAt: new Date('never') }),
    () => store.purge(new Date('never')),
    () => store.wait(1, { timeout: Number.NaN }),
  ]) {
    const error = await thrownBy(call);
    assert.ok(error instanceof RangeError, error.stack);
  }
});

test('what a function emits is handled when the function says', async (t) => {
  const store = await storeOf(t);
  const at = Date.now() + 300;
  const times = [new Date(at), at, new Date(at).toISOString()];
  const alarm = arvo.createArvoResumable({
    contracts: { self: KINDS.Zod.sum, services: { add: KINDS.Zod.add.version('1.0.0') } },
    handler: {
      '1.0.0': async ({ input, service }) =>
        input
          ? { services: [{ type: 'com.calc.add', data: { a: 1 }, deliverat: times[input.data.a] }] }
          : { output: { total: service.data.sum } },
    },
  });
  let handled = 0;
  const service = serviceOf(() => {
    handled += 1;
    assert.ok(Date.now() >= at);
  }, KINDS.Zod.add);
  await working(store, [alarm, service], async () => {
    const receipts = await store.publishAll(times.map((_, index) => init(index)));
    for (const receipt of receipts) assert.deepEqual((await store.wait(receipt, WAIT)).data, { total: 2 });
  });
  assert.equal(handled, 3);
});

test('an event of a domain waits to be answered, or let in', async (t) => {
  const store = await storeOf(t);
  const domain = 'human.review';
  await working(store, [serviceOf()], async () => {
    const [first, second] = await store.publishAll([
      request({ domain, subject: 'sum/1' }),
      request({ domain, subject: 'sum/2' }),
    ]);
    const waiting = await store.take(domain);
    assert.deepEqual(
      waiting.map(({ seq, state, event }) => [seq, state, event.domain]),
      [first, second].map(({ seq }) => [seq, 'waiting', domain]),
    );
    assert.deepEqual((await store.counts()).domains, { [domain]: 2 });
    const reply = arvo.createArvoEvent({
      source: 'com.human.desk',
      type: 'evt.calc.add.success',
      subject: 'sum/1',
      to: 'com.shop.web',
      data: { sum: 42 },
    });
    await store.answer(waiting[0], [reply]);
    assert.deepEqual((await store.wait(first, WAIT)).data, { sum: 42 });
    await store.admit(second.seq);
    assert.deepEqual((await store.wait(second, WAIT)).data, { sum: 2 });
    assert.match((await thrownBy(() => store.admit(second))).message, /only one that is waiting in a domain/);
  });
});

test('a domain that is listed as local is handled here', async (t) => {
  const store = await storeOf(t);
  const domain = 'human.review';
  await working(store, [serviceOf()], async () => {
    const waiting = await store.publish(request({ domain }));
    assert.equal(await store.wait(waiting, { timeout: 1 }), null);
    assert.equal(await store.addDomain(domain), 1);
    assert.deepEqual(await store.domains(), [domain]);
    assert.ok(await store.wait(waiting, WAIT));
    assert.ok(await store.wait(await store.publish(request({ domain, subject: 'sum/2' })), WAIT));
    await store.removeDomain(domain);
    await store.publish(request({ domain, subject: 'sum/3' }));
    assert.equal((await store.take(domain)).length, 1);
  });
});

test('a cancelled workflow ends, and whoever began it is told', async (t) => {
  const store = await storeOf(t);
  const event = init(1);
  const [flow] = handlersOf(); // nobody answers its call
  await working(store, [flow], async () => {
    const receipt = await store.publish(event);
    while ((await store.workflow(event.subject)).revision === 0) await sleep(5);
    assert.deepEqual(await store.cancel(event.subject), [event.subject]);
    const answer = await store.wait(receipt, WAIT);
    assert.deepEqual([answer.type, answer.data.errorName], ['sys.arvo.orc.sum.error', 'WorkflowCancelled']);
    assert.equal((await store.workflow(event.subject)).control, 'cancel');
    assert.match((await thrownBy(() => store.cancel(event.subject))).message, /has ended/);
    assert.match((await thrownBy(() => store.cancel('nobody'))).message, /knows no subject "nobody"/);
  });
  assert.deepEqual(
    (await store.tree(event.subject)).map(({ subject }) => subject),
    [event.subject],
  );
});

test('events are stored all or none', async (t) => {
  const store = await storeOf(t);
  const { to, ...rest } = request({ subject: 'sum/2' }).toJSON();
  const { data, ...context } = rest;
  const lost = new arvo.ArvoEvent({ ...context, datacontenttype: 'application/json', to: null }, data);
  const error = await thrownBy(() => store.publishAll([request(), lost]));
  assert.ok(error instanceof arvo.StoreError);
  assert.match(error.message, /has no "to"/);
  assert.deepEqual(await store.history('sum/1'), []);
  assert.deepEqual((await store.publishAll([])).length, 0);
  assert.equal(to, 'com.calc.add');
});

test('queries read, and nothing else', async (t) => {
  const store = await storeOf(t);
  await store.publish(request());
  const found = await store.query('SELECT consumer, tries, done FROM delivery');
  assert.deepEqual(found, { columns: ['consumer', 'tries', 'done'], rows: [['com.calc.add', 0, null]] });
  const error = await thrownBy(() => store.query('DELETE FROM delivery'));
  assert.ok(error instanceof arvo.StoreError);
  assert.match(error.message, /only statements that read/);
});

test('old subjects are purged, and a copy keeps them', async (t) => {
  const store = await storeOf(t);
  const copy = `${folderOf(t)}/copy.db`;
  await working(store, [serviceOf()], async () => {
    await store.wait(await store.publish(request({ source: 'com.shop.web' })), WAIT);
  });
  await store.backup(copy);
  assert.equal(await store.purge(0), 0);
  const kept = await storeOf(t, `sqlite:${copy}`);
  assert.equal((await kept.history('sum/1')).length, 2);
  assert.match((await thrownBy(() => store.backup(copy))).message, /./);
});

test('who waits is told when time is up, when it is given up, and when the store closes', async (t) => {
  const store = await storeOf(t);
  const receipt = await store.publish(request());
  assert.equal(await store.wait(receipt, { timeout: 10 }), null);
  assert.equal(await store.wait(receipt, { timeout: 10, signal: new AbortController().signal }), null);
  const reason = new Error('enough');
  const controller = new AbortController();
  const given = thrownBy(() => store.wait(receipt, { signal: controller.signal }));
  setImmediate(() => controller.abort(reason));
  assert.equal(await given, reason);
  assert.equal(await thrownBy(() => store.wait(receipt, { signal: controller.signal })), reason);
  assert.match((await thrownBy(() => store.wait(12_345))).message, /no delivery 12345/);

  const waiting = thrownBy(() => store.wait(receipt));
  const published = store.publish(request({ subject: 'sum/2' }));
  await store.close();
  await store.close();
  assert.match((await waiting).message, /the store is closed/);
  assert.equal((await published).fresh, true);
  const late = await thrownBy(() => store.counts());
  assert.ok(late instanceof arvo.StoreError && late.isFatal);
  const worker = new arvo.Worker(store, [serviceOf()]);
  assert.match((await thrownBy(() => worker.run())).message, /the store is closed/);
});

test('what is no store is said clearly', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'notes.txt'), 'no database at all, and longer than its header would be\n'.repeat(20));
  for (const [url, wanted] of [
    ['redis://localhost', /store "redis:\/\/localhost": no scheme that is known here; write sqlite:PATH/],
    ['sqlite:', /it names no file/],
    ['sqlite:x.db?synchronous=maybe', /only synchronous=full or synchronous=normal/],
    [`sqlite:${folder}/nowhere/x.db`, /can't be opened/],
    [`sqlite:${folder}/notes.txt`, /damaged|no store/],
  ]) {
    const error = await thrownBy(() => arvo.openStore(url));
    assert.ok(error instanceof arvo.StoreError, url);
    assert.match(error.message, wanted);
    const worker = new arvo.Worker(url, [serviceOf()]);
    assert.match((await thrownBy(() => worker.run())).message, wanted);
  }
  const wrong = await thrownBy(async () => (await storeOf(t)).workflows({ status: 'ready' }));
  assert.match(wrong.message, /"ready" is none of new, active, done, failed/);
});

test('an open store keeps no process alive, what is asked of it does', (t) => {
  const index = fileURLToPath(new URL('../dist/index.js', import.meta.url));
  const code = `
    const arvo = await import(${JSON.stringify(index)});
    const store = await arvo.openStore(${JSON.stringify(urlOf(t))});
    void store.wait(1, { timeout: 300 }).catch((error) => console.log(error.message));
    const event = { source: 'com.a.b', type: 'com.c.d', subject: 'e', data: {} };
    void store.publish(arvo.createArvoEvent(event)).then(({ seq }) => store.wait(seq, { timeout: 300 })).then(console.log);
  `;
  const began = Date.now();
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.deepEqual([stdout.split('\n'), status], [['the store has no delivery 1', 'null', ''], 0]);
  assert.ok(Date.now() - began >= 300);
});
