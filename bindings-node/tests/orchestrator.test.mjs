// Orchestrators: memories that fail, machines that have changed, schemas of the host, machines that are files.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import * as arvo from '../dist/index.js';
import { native } from '../dist/native.js';
import { add, adder, init, OwnMemory, sum } from './flow.mjs';
import { definition, machineOf, orchestratorOf } from './machines.mjs';
import { thrownBy } from './service.mjs';

const { assign, emit } = arvo;
const CAUSES = {
  lock: 'LOCK_MACHINE_MEMORY_FAILURE',
  read: 'READ_MACHINE_MEMORY_FAILURE',
  write: 'WRITE_MACHINE_MEMORY_FAILURE',
};
const locked = { requiresResourceLocking: true };

/** A workflow of two steps, driven by hand. */
async function endOf(flow, event) {
  const [call] = (await flow.execute(event)).events;
  const [answer] = (await adder.execute(call)).events;
  return (await flow.execute(answer)).events[0];
}

test('a workflow comes to its end in either memory, and through the broker', async () => {
  for (const memory of [new arvo.SimpleMachineMemory(), new OwnMemory()]) {
    const event = init(1);
    const end = await endOf(orchestratorOf(machineOf(), memory), event);
    assert.deepEqual(
      [end.type, end.data, end.to, end.parentid],
      ['arvo.orc.sum.done', { total: 2 }, 'com.shop.web', event.id],
    );
    assert.equal((await memory.read(event.subject)).status, 'done');
    const { resolve } = arvo.createSimpleEventBroker([adder, orchestratorOf(machineOf(), memory)]);
    assert.deepEqual((await resolve(init(4))).data, { total: 5 });
  }
});

test('its members are those of its machines', () => {
  const memory = new arvo.SimpleMachineMemory();
  const flow = orchestratorOf(machineOf(), memory, { executionunits: 3 });
  assert.deepEqual(
    [
      flow.source,
      flow.domain,
      flow.memory,
      flow.requiresResourceLocking,
      flow.executionunits,
      flow.systemErrorSchema.type,
    ],
    ['arvo.orc.sum', null, memory, false, 3, 'sys.arvo.orc.sum.error'],
  );
  const machine = machineOf();
  assert.deepEqual([machine.id, machine.version, machine.source], ['sum', '1.0.0', 'arvo.orc.sum']);
  assert.equal(machine.contracts.services.add.version, '1.0.0');
  assert.deepEqual(orchestratorOf([machine], memory).registry.machines, [machine]);
});

for (const [operation, cause] of Object.entries(CAUSES)) {
  test(`a memory whose ${operation} fails: the event may be handled again`, async () => {
    const disk = new Error('disk');
    const memory = new OwnMemory();
    const [flow, event] = [orchestratorOf(machineOf(), memory, locked), init()];
    memory[operation] = () => Promise.reject(disk);
    const violation = await thrownBy(() => flow.execute(event));
    assert.ok(arvo.isTransactionViolationError(violation, cause), violation.stack);
    assert.equal(violation.error, disk);
    assert.equal(memory.records.size, 0);
    delete memory[operation];
    assert.deepEqual((await endOf(flow, event)).data, { total: 2 });
  });

  test(`a memory whose ${operation} hangs is given up, its lock given back`, async () => {
    const memory = new OwnMemory();
    const [flow, event] = [orchestratorOf(machineOf(), memory, locked), init()];
    memory[operation] = () => new Promise(() => {});
    const giving = new AbortController();
    setTimeout(() => giving.abort(), 5);
    const violation = await thrownBy(() => flow.execute(event, { signal: giving.signal }));
    assert.ok(violation instanceof arvo.ExecutionViolation, violation.stack);
    assert.equal(memory.locks.size, 0);
    assert.equal(native.openExecutions(), 0);
  });
}

test('somebody else has the lock, or was faster', async () => {
  const memory = new OwnMemory();
  const [flow, event] = [orchestratorOf(machineOf(), memory, locked), init()];
  memory.locks.add(event.subject);
  const denied = await thrownBy(() => flow.execute(event));
  assert.ok(arvo.isTransactionViolationError(denied, 'LOCK_UNACQUIRED'));
  const inside = new arvo.SimpleMachineMemory();
  const both = orchestratorOf(machineOf(definition({ entry: () => {} })), inside);
  const results = await Promise.allSettled([both.execute(event), both.execute(event)]);
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 2); // one after the other, in one process
});

test('a redelivered event and one for a finished workflow change nothing', async () => {
  const memory = new OwnMemory();
  const [flow, event] = [orchestratorOf(machineOf(), memory), init()];
  await endOf(flow, event);
  const record = JSON.stringify(memory.read(event.subject));
  assert.deepEqual((await flow.execute(event)).events, []);
  assert.equal(JSON.stringify(memory.read(event.subject)), record);
});

test('a record of a machine that has changed since is refused, and nothing is written', async () => {
  const memory = new OwnMemory();
  const event = init();
  const [call] = (await orchestratorOf(machineOf(), memory).execute(event)).events;
  const [answer] = (await adder.execute(call)).events;
  const record = memory.read(event.subject);
  const { adding, done } = definition().states;
  const changed = orchestratorOf(
    machineOf(definition({ initial: 'summing', states: { summing: adding, done } })),
    memory,
  );
  for (const flow of [changed]) {
    const violation = await thrownBy(() => flow.execute(answer));
    assert.ok(violation instanceof arvo.ExecutionViolation, violation.stack);
    assert.match(violation.message, /does not fit machine 'sum'/);
    assert.equal(memory.read(event.subject), record);
  }
  memory.records.set(event.subject, { ...record, state: { ...record.state, context: [] } });
  const broken = await thrownBy(() => orchestratorOf(machineOf(), memory).execute(answer));
  assert.match(broken.message, /context is a list, not an object/);
});

test('no machine, two of one version, or of two contracts', async () => {
  assert.match((await thrownBy(() => orchestratorOf([]))).message, /At least one machine must be provided/);
  const twice = await thrownBy(() => orchestratorOf([machineOf(), machineOf()]));
  assert.ok(twice instanceof arvo.ConfigViolation);
  const bare = await thrownBy(() => arvo.setupArvoMachine({}));
  assert.ok(bare instanceof arvo.ConfigViolation);
  assert.match(bare.message, /a machine needs `contracts`: \{ self, services \}/);
  const lacking = await thrownBy(() => orchestratorOf(machineOf(), { read() {} }));
  assert.match(lacking.message, /the orchestrator's memory lacks write/);
});

test('a machine is for each version; one that nobody serves is refused', async () => {
  const object = { type: 'object' };
  const both = arvo.createArvoOrchestratorContract({
    uri: '#/flows/both',
    name: 'both',
    versions: { '1.0.0': { init: object, complete: object }, '2.0.0': { init: object, complete: object } },
  });
  const machine = (version) =>
    arvo.setupArvoMachine({ contracts: { self: both.version(version), services: {} } }).createMachine({
      id: `both${version[0]}`,
      context: ({ input }) => ({ by: version, a: input.data.a }),
      initial: 'done',
      states: { done: { type: 'final' } },
      output: ({ context }) => context,
    });
  const of = (version) =>
    arvo
      .createArvoOrchestratorEventFactory(both.version(version))
      .init({ source: 'com.shop.web', data: { a: 1, parentSubject$$: null } });
  const all = orchestratorOf([machine('1.0.0'), machine('2.0.0')]);
  for (const version of ['2.0.0', '1.0.0'])
    assert.deepEqual((await all.execute(of(version))).events[0].data, { by: version, a: 1 });
  const violation = await thrownBy(() => orchestratorOf(machine('1.0.0')).execute(of('2.0.0')));
  assert.match(violation.message, /No machine found matching orchestrator name='arvo.orc.both' and version='2.0.0'/);
});

test('schemas of the host judge what comes in and goes out; data keeps its objects till then', async () => {
  const price = z.object({ cents: z.number().int(), at: z.date().optional(), currency: z.string().default('AUD') });
  const pay = arvo.createSimpleArvoContract({
    uri: '#/services/pay',
    type: 'order.pay',
    versions: { '1.0.0': { accepts: price, emits: z.object({ ok: z.boolean() }) } },
  });
  const flow = arvo.createArvoOrchestratorContract({
    uri: '#/flows/pay',
    name: 'pay',
    versions: {
      '1.0.0': {
        init: z.object({ cents: z.number(), tip: z.number().default(5) }),
        complete: z.object({ paid: z.number(), note: z.string().default('none') }),
      },
    },
  });
  const machine = (cents) =>
    arvo
      .setupArvoMachine({ contracts: { self: flow.version('1.0.0'), services: { pay: pay.version('1.0.0') } } })
      .createMachine({
        id: 'pay',
        context: ({ input }) => ({ cents: input.data.cents + input.data.tip }),
        entry: emit(({ context }) => ({
          type: 'com.order.pay',
          data: { cents: cents ?? context.cents, at: new Date(0) },
        })),
        initial: 'done',
        states: { done: { type: 'final' } },
        output: ({ context }) => ({ paid: context.cents, __executionunits: 9 }),
      });
  const begin = () =>
    arvo
      .createArvoOrchestratorEventFactory(flow.version('1.0.0'))
      .init({ source: 'com.shop.web', data: { cents: 10, parentSubject$$: null } });
  const { events } = await orchestratorOf(machine()).execute(begin());
  assert.deepEqual(
    events.map(({ type, data, executionunits }) => [type, data, executionunits]),
    [
      ['com.order.pay', { cents: 15, at: new Date(0), currency: 'AUD' }, 0],
      ['arvo.orc.pay.done', { paid: 15, note: 'none' }, 9],
    ],
  );
  const memory = new OwnMemory();
  const violation = await thrownBy(() => orchestratorOf(machine(1.5), memory).execute(begin()));
  assert.ok(violation instanceof arvo.ContractViolation, violation.stack);
  assert.deepEqual(
    violation.issues.map(({ path }) => path),
    ['/cents'],
  );
  assert.equal(memory.records.size, 0);
});

test('a function may run another orchestrator in the middle of a step', async () => {
  const inner = orchestratorOf();
  const seen = [];
  const outer = definition({
    entry: [
      assign({ before: 1 }),
      () => void inner.execute(init(7)).then(({ events }) => seen.push(events[0].data)),
      emit(({ context }) => ({ type: 'com.calc.add', data: { a: context.before } })),
    ],
  });
  const { events } = await orchestratorOf(machineOf(outer)).execute(init(2));
  await new Promise(setImmediate);
  assert.deepEqual(
    events.map(({ data }) => data),
    [{ a: 1 }, { a: 2 }],
  );
  assert.deepEqual(seen, [{ a: 7 }]);
});

test('events of the built-in action come after the emitted ones, and are shown to guards in between', async () => {
  const seen = [];
  const call = (a) => ({ type: 'com.calc.add', data: { a } });
  const config = definition({
    entry: [
      { type: 'enqueueArvoEvent', params: call(1) },
      { type: 'enqueueArvoEvent', params: ({ context }) => call(context.a + 1) },
      ({ context }) => seen.push(context.arvo$$.volatile$$.eventQueue$$.length),
    ],
  });
  const memory = new OwnMemory();
  const event = init(3);
  const { events } = await orchestratorOf(machineOf(config), memory).execute(event);
  assert.deepEqual(
    events.map(({ data }) => data.a),
    [3, 1, 4],
  );
  assert.deepEqual(seen, [2]);
  assert.deepEqual(memory.read(event.subject).state.context, { a: 3, total: 0, arvo$$: {} });
});

const file = {
  contract: { uri: '#/flows/sum', version: '1.0.0' },
  services: { add: { uri: '#/services/add', version: '1.0.0' } },
  actions: { keep: { assign: { total: { $: 'event.data.sum' } } } },
  machine: {
    id: 'sum',
    context: { a: { $: 'input.data.a' }, total: 0 },
    initial: 'adding',
    states: {
      adding: {
        entry: { emit: { type: 'com.calc.add', data: { a: { $: 'context.a' } } } },
        on: { 'evt.calc.add.success': { target: 'done', actions: 'keep' } },
      },
      done: { type: 'final' },
    },
    output: { total: { $: 'context.total' } },
  },
};

test('a machine that is a file runs without any function, from text and object', async () => {
  for (const given of [file, JSON.stringify(file)]) {
    const machine = arvo.machineFromJson(given, [sum, add]);
    assert.deepEqual(Object.keys(machine.contracts.services), ['add']);
    assert.deepEqual((await endOf(orchestratorOf(machine), init(1))).data, { total: 2 });
  }
  for (const [bad, says] of [
    [{ ...file, contract: { uri: '#/none', version: '1.0.0' } }, /contract #\/none is not among those given/],
    [{ ...file, more: 1 }, /a machine's file is/],
    [{ ...file, actions: { keep: { assign: { total: { $: 'evnt.data' } } } } }, /evnt/],
    ['{', /can't be read/],
  ]) {
    const refused = await thrownBy(() => arvo.machineFromJson(bad, [sum, add]));
    assert.match(refused.message, says);
  }
});

test('a workflow begun with functions goes on in a file, and the other way round', async () => {
  for (const [first, second] of [
    [machineOf(), arvo.machineFromJson(file, [sum, add])],
    [arvo.machineFromJson(file, [sum, add]), machineOf()],
  ]) {
    const memory = new OwnMemory();
    const [call] = (await orchestratorOf(first, memory).execute(init(5))).events;
    const [answer] = (await adder.execute(call)).events;
    assert.deepEqual((await orchestratorOf(second, memory).execute(answer)).events[0].data, { total: 6 });
  }
});

test('a machine says whether it would take an event', () => {
  const machine = machineOf();
  const event = (type, dataschema, data) => arvo.createArvoEvent({ source: 'a', type, subject: 's', dataschema, data });
  for (const [given, wanted] of [
    [init(), 'VALID'],
    [event('evt.calc.add.success', '#/services/add/1.0.0', { sum: 1 }), 'VALID'],
    [event('evt.calc.add.success', '#/services/add/1.0.0', { sum: 'one' }), 'INVALID_DATA'],
    [event('evt.calc.add.success', '#/services/other/1.0.0', { sum: 1 }), 'INVALID'],
    [event('evt.calc.add.success', '#/services/add/2.0.0', { sum: 1 }), 'INVALID'],
    [event('evt.other.thing', '#/services/add/1.0.0', {}), 'CONTRACT_UNRESOLVED'],
  ]) {
    const { type, error } = machine.validateInput(given);
    assert.equal(type, wanted);
    assert.equal(error instanceof arvo.ContractViolation, wanted.startsWith('INVALID'));
  }
});

test('pictures mark where a record stands, and number a trace', async () => {
  const memory = new OwnMemory();
  const event = init();
  const machine = machineOf();
  await orchestratorOf(machine, memory).execute(event);
  const record = memory.read(event.subject);
  assert.match(machine.mermaid(), /^stateDiagram-v2\n/);
  assert.match(machine.mermaid(record), /class s_sum,s_sum_adding active/);
  assert.match(machine.dot(record.state), /^digraph/);
  const { value, active, can } = machine.describe(record);
  assert.deepEqual([value, active], ['adding', ['sum', 'sum.adding']]);
  assert.deepEqual(can, ['evt.calc.add.success', 'sys.com.calc.add.error']);
  const step = machine.chart.resume(record.state, { type: 'evt.calc.add.success', data: { sum: 9 } });
  assert.deepEqual(step.transitions, ['sum.adding --evt.calc.add.success--> sum.done']);
  assert.match(machine.mermaid(undefined, step.trace), /1/);
  assert.throws(() => machine.describe({ status: 'active', value: 'nowhere' }), arvo.ArvoChartError);
});

test('the orders of the examples: the machines of both files are made, without warnings', () => {
  const folder = new URL('../../examples/orders/', import.meta.url);
  const read = (name) => readFileSync(new URL(name, folder), 'utf8');
  const contracts = JSON.parse(read('contracts.json')).map((contract) => arvo.ArvoContract.fromJson(contract));
  for (const name of ['fulfilment', 'shipment']) {
    const machine = arvo.machineFromJson(read(`${name}.machine.json`), contracts);
    assert.deepEqual(machine.warnings, [], name);
  }
});

test('a thousand steps that succeed, fail and throw leave nothing behind', async () => {
  const { default: v8 } = await import('node:v8');
  v8.setFlagsFromString('--expose-gc');
  const { runInNewContext } = await import('node:vm');
  const gc = runInNewContext('gc');
  const memory = new arvo.SimpleMachineMemory();
  const good = orchestratorOf(machineOf(), memory);
  const bad = orchestratorOf(
    machineOf(
      definition({
        entry: () => {
          throw new Error('no');
        },
      }),
    ),
    memory,
  );
  const refused = orchestratorOf(machineOf(definition({ entry: async () => {} })), memory);
  const round = async () => {
    for (let step = 0; step < 100; step += 1) {
      await endOf(good, init());
      await bad.execute(init());
      await refused.execute(init()).catch(() => {});
      machineOf();
    }
    memory.clear();
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise(setImmediate);
      gc();
    }
    return process.memoryUsage().heapUsed;
  };
  // The least of four rounds each: what the process lets go late raises one of them, a leak raises them all.
  const least = async () => {
    const seen = [];
    for (let again = 0; again < 4; again += 1) seen.push(await round());
    return Math.min(...seen);
  };
  await least();
  const before = await least();
  const growth = (await least()) - before;
  assert.ok(growth < 200_000, `the heap grew by ${growth} bytes in 1,200 steps`);
  assert.equal(native.openExecutions(), 0);
});
