// Workflows with memories that fail, hang and lie, and functions that throw: a clear error each, and nothing is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import * as arvo from '../dist/index.js';
import { native } from '../dist/native.js';
import { add, adder, flowOf, init, OwnMemory, sum, twice } from './flow.mjs';
import { thrownBy } from './service.mjs';

const CAUSES = {
  lock: 'LOCK_MACHINE_MEMORY_FAILURE',
  read: 'READ_MACHINE_MEMORY_FAILURE',
  write: 'WRITE_MACHINE_MEMORY_FAILURE',
};

/** The end of a workflow that is driven by hand. */
async function endOf(flow, event) {
  let events = [event];
  for (let step = 0; events[0].type !== 'arvo.orc.sum.done'; step += 1) {
    assert.ok(step < 10, events[0].type);
    events = (await (events[0].to === flow.source ? flow : adder).execute(events[0])).events;
  }
  return events[0];
}

test('a workflow comes to its end in either memory', async () => {
  for (const memory of [new arvo.SimpleMachineMemory(), new OwnMemory()]) {
    const event = init(1);
    const end = await endOf(flowOf(twice, memory), event);
    assert.deepEqual([end.data, end.to, end.parentid], [{ total: 3 }, 'com.shop.web', event.id]);
    assert.equal((await memory.read(event.subject)).status, 'done');
  }
  assert.equal(native.openExecutions(), 0);
});

test('a record of one memory goes on in the other', async () => {
  const [inside, own] = [new arvo.SimpleMachineMemory(), new OwnMemory()];
  const event = init(4);
  const { events } = await flowOf(twice, inside).execute(event);
  await own.write(event.subject, await inside.read(event.subject), null);
  const [answer] = (await adder.execute(events[0])).events;
  const [next] = (await flowOf(twice, own).execute(answer)).events;
  assert.deepEqual(next.data, { a: 5 });
});

for (const [operation, cause] of Object.entries(CAUSES)) {
  test(`a memory whose ${operation} fails: the event may be handled again`, async () => {
    for (const thrown of [new Error('disk'), 'disk', undefined]) {
      for (const fails of [() => Promise.reject(thrown), () => assert.fail(thrown)]) {
        const memory = new OwnMemory();
        const [flow, event] = [flowOf(twice, memory), init()];
        memory[operation] = fails;
        const violation = await thrownBy(() => flow.execute(event));
        assert.ok(arvo.isTransactionViolationError(violation, cause), violation.stack);
        assert.equal(violation.metadata.initiatingEvent, event);
        if (thrown instanceof Error) assert.equal(violation.error, thrown);
        assert.equal(memory.records.size, 0);
        delete memory[operation];
        assert.deepEqual((await endOf(flow, event)).data, { total: 3 });
      }
    }
  });

  test(`a memory whose ${operation} hangs is given up, its lock given back`, async () => {
    const memory = new OwnMemory();
    const [flow, event] = [flowOf(twice, memory), init()];
    memory[operation] = () => new Promise(() => {});
    const reason = new Error('too long');
    const violation = await thrownBy(() => flow.execute(event, { signal: soon(reason) }));
    assert.ok(violation instanceof arvo.ExecutionViolation);
    assert.equal(violation.cause, reason);
    assert.equal(memory.locks.size, 0);
    assert.equal(native.openExecutions(), 0);
    delete memory[operation];
    assert.deepEqual((await endOf(flow, event)).data, { total: 3 });
  });
}

function soon(reason) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 5);
  return controller.signal;
}

test('an unlock that fails harms nobody; one that hangs keeps nobody once it is given up', async () => {
  const memory = new OwnMemory();
  const flow = flowOf(twice, memory);
  memory.unlock = () => Promise.reject(new Error('gone'));
  assert.equal((await flow.execute(init())).events.length, 1);
  memory.unlock = () => new Promise(() => {});
  assert.equal((await flow.execute(init(), { signal: soon('late') })).events.length, 1);
  assert.equal(native.openExecutions(), 0);
});

test('lies of a memory are told as what they are', async () => {
  for (const [operation, lie, says] of [
    ['lock', 'yes', /memory\.lock gave a string; it must give true, or false/],
    ['lock', undefined, /memory\.lock gave undefined/],
    ['read', 7, /memory\.read gave a number/],
    ['read', [], /memory\.read gave a list/],
    ['read', { a: 1n }, /memory\.read gave can't be written as JSON/],
    ['read', {}, /the record can't be read/],
  ]) {
    const memory = new OwnMemory();
    const flow = flowOf(twice, memory);
    memory[operation] = async () => lie;
    const violation = await thrownBy(() => flow.execute(init()));
    assert.ok(arvo.isTransactionViolationError(violation, CAUSES[operation]), violation.stack);
    assert.match(violation.message, says);
    assert.equal(memory.locks.size, 0);
  }
});

test('a lock that somebody holds, a write that somebody was faster with', async () => {
  const memory = new OwnMemory();
  const [flow, event] = [flowOf(twice, memory), init()];
  memory.locks.add(event.subject);
  assert.ok(arvo.isTransactionViolationError(await thrownBy(() => flow.execute(event)), 'LOCK_UNACQUIRED'));
  assert.ok(memory.locks.has(event.subject));
});

test("somebody else's record is refused", async () => {
  const [memory, other] = [new OwnMemory(), init()];
  const flow = flowOf(twice, memory);
  await flow.execute(other);
  const [record] = memory.records.values();
  memory.read = () => record;
  const violation = await thrownBy(() => flow.execute(init()));
  assert.ok(arvo.isTransactionViolationError(violation, CAUSES.read));
  assert.match(violation.message, /the record is of another workflow/);
});

test('a record over the limit is refused', async () => {
  const memory = new OwnMemory();
  const flow = flowOf(twice, memory);
  const [call] = (await flow.execute(init())).events;
  const [answer] = (await adder.execute(call)).events;
  arvo.setLimits({ record: 100 });
  try {
    const refused = await thrownBy(() => flow.execute(answer));
    assert.equal(refused.name, 'ViolationError<OrchestratorTransaction>');
    assert.match(refused.message, /over the limit of 100; .* raise `Limits::record`/);
    const unwritten = await thrownBy(() => flow.execute(init()));
    assert.equal(unwritten.cause, 'WRITE_MACHINE_MEMORY_FAILURE');
    assert.equal(memory.records.size, 1);
  } finally {
    arvo.setLimits({ record: 4 * 1024 * 1024 });
  }
  assert.equal((await flow.execute(answer)).events.length, 1);
});

test('a memory without locks is enough where there is no locking, and refused where there is', async () => {
  const { read, write } = OwnMemory.prototype;
  const memory = { records: new Map(), read, write };
  const event = init();
  const flow = flowOf(twice, memory, { requiresResourceLocking: false });
  assert.deepEqual((await endOf(flow, event)).data, { total: 3 });
  const refused = await thrownBy(() => flowOf(twice, memory));
  assert.ok(refused instanceof arvo.ArvoContractError);
  assert.match(refused.message, /the resumable's memory lacks lock, unlock/);
});

test('a function that throws ends the workflow with system errors; what is no error, or a violation, leaves it', async () => {
  for (const memory of [new arvo.SimpleMachineMemory(), new OwnMemory()]) {
    const fails = (thrown) => flowOf(() => Promise.reject(thrown), memory);
    const event = init();
    const own = new arvo.ViolationError({ type: 'Busy', message: 'later' });
    assert.equal(await thrownBy(() => fails(own).execute(event)), own);
    for (const thrown of ['text', 7, null, undefined, {}, Symbol('s')])
      assert.ok((await thrownBy(() => fails(thrown).execute(event))) instanceof arvo.ExecutionViolation);
    assert.equal(await memory.read(event.subject), null);
    const { events } = await fails(new TypeError('no')).execute(event);
    assert.deepEqual(
      events.map(({ type, to, data }) => [type, to, data.errorName, data.errorMessage]),
      [['sys.arvo.orc.sum.error', 'com.shop.web', 'TypeError', 'no']],
    );
    assert.equal((await memory.read(event.subject)).executionStatus, 'failure');
  }
});

test('what a function returns that is no answer is a violation, and leaves the workflow', async () => {
  const circular = {};
  circular.self = circular;
  for (const returned of [7, 'text', true, [], () => 1, { context: circular }, { output: 7 }, { services: [7] }]) {
    const memory = new OwnMemory();
    const violation = await thrownBy(() => flowOf(() => returned, memory).execute(init()));
    assert.ok(arvo.isViolationError(violation), violation.stack);
    assert.deepEqual([memory.records.size, memory.locks.size], [0, 0]);
  }
});

test('a function that hangs is given up; collected events and metadata are gone then', async () => {
  let late;
  const flow = flowOf((input) => {
    late = input;
    return new Promise(() => {});
  });
  const violation = await thrownBy(() => flow.execute(init(), { signal: soon('late') }));
  assert.ok(violation instanceof arvo.ExecutionViolation);
  assert.throws(() => late.collectedEvents, /the function has answered already/);
  assert.equal(native.openExecutions(), 0);
});

test('collected events and metadata are there while they are asked for', async () => {
  const seen = [];
  const flow = flowOf((input) => {
    seen.push([input.collectedEvents['evt.calc.add.success']?.map(({ data }) => data.sum), input.metadata?.status]);
    return twice(input);
  });
  await endOf(flow, init(1));
  assert.deepEqual(seen, [
    [undefined, undefined],
    [[2], 'active'],
    [[3], 'active'],
  ]);
});

test('what the function is given may be copied whole, and shared between two workflows nothing is', async () => {
  const names = ['collectedEvents', 'context', 'contracts', 'domain', 'input', 'metadata', 'service', 'span'];
  const seen = [];
  const flow = flowOf((given) => {
    assert.deepEqual(Object.keys(given).sort(), names);
    seen.push({ ...given });
    return twice(given);
  });
  await Promise.all([endOf(flow, init(1)), endOf(flow, init(5))]);
  const sums = seen.map(({ collectedEvents: all }) => all['evt.calc.add.success']?.map(({ data }) => data.sum));
  assert.deepEqual(sums.filter((sum) => sum !== undefined).sort(), [[2], [3], [6], [7]]);
});

test('host schemas of the workflow and of its services fill in and refuse', async () => {
  const ask = arvo.createSimpleArvoContract({
    uri: '#/services/ask',
    type: 'ask.name',
    versions: {
      '1.0.0': {
        accepts: z.object({ polite: z.boolean().default(true) }),
        emits: z.object({ name: z.string().transform((name) => name.toUpperCase()) }),
      },
    },
  });
  const greet = arvo.createArvoOrchestratorContract({
    uri: '#/flows/greet',
    name: 'greet',
    versions: { '1.0.0': { init: z.object({ n: z.number().default(3) }), complete: z.object({ text: z.string() }) } },
  });
  const memory = new OwnMemory();
  let output = {};
  const flow = arvo.createArvoResumable({
    contracts: { self: greet, services: { add: add.version('1.0.0'), ask: ask.version('1.0.0') } },
    memory,
    handler: {
      '1.0.0': ({ input, service, collectedEvents }) => {
        if (input) return { context: { n: input.data.n }, services: [{ type: 'com.ask.name', data: {} }] };
        const [collected] = collectedEvents['evt.ask.name.success'];
        output = { text: `${service.data.name} ${collected.data.name}`, ...output };
        return { output };
      },
    },
  });
  const [begun] = [arvo.createArvoOrchestratorEventFactory(greet.version('1.0.0'))].map((factory) =>
    factory.init({ source: 'com.shop.web', data: { parentSubject$$: null } }),
  );
  const { events } = await flow.execute(begun);
  assert.deepEqual(events[0].data, { polite: true });
  assert.deepEqual((await memory.read(begun.subject)).state$$, { n: 3 });
  const answerer = arvo.createArvoEventHandler({
    contract: ask,
    handler: { '1.0.0': () => ({ type: 'evt.ask.name.success', data: { name: 'ada' } }) },
  });
  const [answer] = (await answerer.execute(events[0])).events;
  output = { text: 7 };
  const violation = await thrownBy(() => flow.execute(answer));
  assert.ok(violation instanceof arvo.ContractViolation);
  assert.deepEqual(
    violation.issues.map(({ path }) => path),
    ['/text'],
  );
  output = { __executionunits: 5 };
  const [end] = (await flow.execute(answer)).events;
  assert.deepEqual([end.data, end.executionunits], [{ text: 'ADA ADA' }, 5]);
});

test('a completion sent by hand is judged by its own schema, whichever kind that is', async () => {
  const of = (complete) =>
    arvo.createArvoOrchestratorContract({
      uri: '#/flows/sum',
      name: 'sum',
      versions: { '1.0.0': { init: { type: 'object' }, complete } },
    });
  const schema = { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] };
  for (const complete of [schema, z.object({ total: z.number() })]) {
    const self = of(complete);
    const send = (total) =>
      arvo.createArvoResumable({
        contracts: { self, services: { add: add.version('1.0.0') } },
        handler: { '1.0.0': () => ({ services: [{ type: 'arvo.orc.sum.done', data: { total } }] }) },
      });
    const [event] = (await send(1).execute(init())).events;
    assert.deepEqual([event.type, event.data], ['arvo.orc.sum.done', { total: 1 }]);
    const refused = await thrownBy(() => send('one').execute(init()));
    assert.ok(refused instanceof arvo.ContractViolation, refused.stack);
    assert.deepEqual(
      refused.issues.map(({ path }) => path),
      ['/total'],
    );
  }
});

test('two executions of one workflow at once: one of them wins', async () => {
  const flow = flowOf(twice, new arvo.SimpleMachineMemory(), { requiresResourceLocking: false });
  const event = init();
  const results = await Promise.allSettled([flow.execute(event), flow.execute(event)]);
  const lost = results.filter(({ status }) => status === 'rejected');
  assert.equal(lost.length, 1);
  assert.ok(arvo.isTransactionViolationError(lost[0].reason, CAUSES.write));
});

test('a workflow that is its own service is refused, as is a version without a function', async () => {
  const more = { contracts: { self: sum, services: { me: sum.version('1.0.0') } } };
  assert.ok((await thrownBy(() => flowOf(twice, undefined, more))) instanceof arvo.ConfigViolation);
  assert.ok((await thrownBy(() => flowOf(undefined, undefined, { handler: {} }))) instanceof arvo.ArvoContractError);
});
