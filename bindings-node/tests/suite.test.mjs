// Suites in the test runners of Node, and the check that handlers keep their contracts; both on the demo's too.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import * as arvo from '../dist/index.js';
import { flowOf } from './flow.mjs';
import { definition, machineOf, orchestratorOf } from './machines.mjs';
import { contractOf, eventOf, handlerOf, PLACE } from './service.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The demo's handlers, compiled apart from what other tests compile. */
async function demo(name) {
  const outDir = 'dist/demo';
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.examples.json', '--outDir', outDir];
  const { status, stdout } = spawnSync(process.execPath, tsc, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  return Object.values(await import(`../${outDir}/orders/node/${name}.js`));
}

/** A runner that keeps what it is told: of each test its group and its name, and what it failed with. */
async function reportOf(...suites) {
  const [told, running] = [[], []];
  let group;
  arvo.runArvoTestSuites(suites, {
    describe(name, define) {
      group = name;
      define();
    },
    beforeEach: (before) => running.push(before),
    test(name, run) {
      const row = [group, name];
      told.push(row);
      running.push(() => run().catch(({ message }) => row.push(message)));
    },
  });
  for (const run of running) await run();
  return told;
}

test('functions of a suite get the very objects, and the next step what was emitted', async () => {
  const [first, boom] = [eventOf(), new TypeError('boom')];
  const seen = [];
  const fn = async (event) => {
    seen.push(event);
    if (seen.length === 3) throw boom;
    return { events: [event] };
  };
  const told = await reportOf({
    config: { name: 'Function', fn },
    cases: [
      {
        name: 'three steps',
        steps: [
          { input: () => first, expectedEvents: (events) => events[0] === first },
          { input: async ([event]) => eventOf({ item: event.data.item.toUpperCase() }) },
          { input: () => first, expectedError: async (error) => error === boom },
        ],
      },
    ],
  });
  assert.deepEqual(told, [['Function', 'three steps']]);
  assert.deepEqual([seen[0] === first, seen[1].data], [true, { item: 'TEA' }]);
});

test('what fails says in which step and why; repeats need so many in a hundred', async () => {
  let calls = 0;
  const flaky = async () => {
    calls += 1;
    if (calls % 2 === 0) throw new Error('even');
    return { events: [] };
  };
  const step = { input: () => eventOf() };
  const told = await reportOf({
    config: [{ fn: flaky }, { name: 'Placed', handler: handlerOf(() => undefined) }],
    cases: [
      { name: 'half of them', steps: [step], repeat: { times: 4, successThreshold: 75 } },
      { name: 'no events', steps: [step, { ...step, expectedEvents: (events) => events.length > 0 }] },
      { name: 'an error', steps: [{ ...step, expectedError: () => true }] },
    ],
  });
  assert.deepEqual(told[0].slice(0, 2), ['Test<flaky>', 'half of them']);
  assert.match(told[0][2], /^Success rate 50.00% is below threshold 75%\nSuccesses: 2\/4\n/);
  assert.deepEqual(told.slice(3), [
    ['Placed', 'half of them'],
    ['Placed', 'no events', 'Step 2: Custom validator returned false\nActual events: '],
    ['Placed', 'an error', 'Step 1: Expected error but function succeeded'],
  ]);
});

test('a function that gives no list of events is told so', async () => {
  for (const [gives, wanted] of [
    [undefined, /what is tested gave no { events }; return a list of them/],
    [{ events: 'none' }, /gave no { events }/],
    [{ events: [{ type: 'evt' }] }, /this is no event of this package/],
  ]) {
    const [[, , message]] = await reportOf({
      config: { fn: async () => gives },
      cases: [{ name: 'one', steps: [{ input: () => eventOf() }] }],
    });
    assert.match(message, wanted);
  }
});

test('something is run before each test', async () => {
  let before = 0;
  const steps = [{ input: () => eventOf() }];
  const cases = [{ name: 'one', steps }];
  await reportOf({ config: { fn: async () => ({ events: [] }) }, cases, before: () => (before += 1) });
  assert.equal(before, 1);
});

test('a case that is none, and a file that is no suite, are refused with every problem', () => {
  const fn = async () => ({ events: [] });
  const run = (cases) => arvo.runArvoTestSuites([{ config: { fn }, cases }], {});
  assert.throws(() => run([{ name: 'empty', steps: [] }]), arvo.ArvoSuiteError);
  assert.throws(() => run([{ name: 'no input', steps: [{}] }]), /input/);
  const file = JSON.stringify({ config: { handler: 1 }, cases: [{ name: 'a', steps: [{ inputs: {} }] }] });
  assert.throws(
    () => arvo.testSuiteFromJson(file, {}),
    ({ message }) => message.includes('/config/handler') && message.includes('/cases/0/steps/0/inputs'),
  );
});

test('a handler that a file names must be given', async () => {
  const text = JSON.stringify({
    config: [{ handler: 'com.order.place' }, { handler: 'com.other' }],
    cases: [{ name: 'runs', steps: [{ input: eventOf().toJSON() }] }],
  });
  const told = await reportOf(arvo.testSuiteFromJson(text, { handlers: [handlerOf(() => undefined)] }));
  assert.deepEqual(told[0], ['Test<com.order.place>', 'runs']);
  assert.match(told[1][2], /com.other was not given to the suite, which has handler com.order.place/);
});

test("the demo's services do what the suite of all languages says", async () => {
  const services = new Map((await demo('services')).map((handler) => [handler.source, handler]));
  const text = readFileSync(new URL('../../examples/orders/suite.json', import.meta.url), 'utf8');
  const functions = { services: (event) => services.get(event.to).execute(event) };
  const told = await reportOf(arvo.testSuiteFromJson(text, { functions }));
  assert.deepEqual(
    told.filter(([, , failure]) => failure !== undefined),
    [],
  );
  assert.ok(told.length >= 10);
});

/** Runs a file of suites by node:test, with these globals in front. */
function ran(globals) {
  const script = `${globals}
    import { runArvoTestSuites, createArvoEvent } from 'arvo';
    const ping = createArvoEvent({ source: 'com.me.app', type: 'com.test.ping', subject: 's', data: {} });
    const step = { input: () => ping };
    runArvoTestSuites([{
      config: { name: 'Echo', fn: async (event) => ({ events: [event] }) },
      cases: [{ name: 'passes', steps: [step] }, { name: 'fails', steps: [{ ...step, expectedError: () => true }] }],
    }]);`;
  const node = ['--test-reporter=tap', '--input-type=module', '-e', script];
  return spawnSync(process.execPath, node, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: '' },
  });
}

test('the functions of node:test are taken where nothing is said, and the global ones of vitest and jest', () => {
  const own = ran('');
  assert.match(own.stdout, /# Subtest: Echo.*not ok 2 - fails.*Step 1: Expected error but function succeeded/s);
  assert.match(own.stdout, /ok 1 - passes/);
  const global = ran(`
    globalThis.describe = (name, define) => { console.log('group', name); define(); };
    globalThis.test = (name) => console.log('test', name);
    globalThis.beforeEach = () => {};`);
  assert.equal(global.stdout, 'group Echo\ntest passes\ntest fails\n');
});

const number = (name) => ({ type: 'object', properties: { [name]: { type: 'integer' } }, required: [name] });
const counted = (call, accepts = number('n')) =>
  arvo.createArvoEventHandler({
    contract: arvo.createSimpleArvoContract({
      uri: '#/count',
      type: 'count.up',
      versions: { '1.0.0': { accepts, emits: number('next') } },
    }),
    handler: { '1.0.0': call },
  });
const next = (value) => ({ type: 'evt.count.up.success', data: { next: value } });

test('handlers and workflows that keep their contract do so for random data', async () => {
  const tried = { valid: 100, invalid: 50 };
  const hosted = contractOf(
    z.object({ item: z.string().min(1), count: z.number().default(1) }),
    z.object({ order: z.string() }),
  );
  const keep = [
    handlerOf(async ({ event }) => ({ type: 'evt.order.placed', data: { order: event.data.item } })),
    handlerOf(async ({ event }) => ({ type: 'evt.order.placed', data: { order: event.data.item } }), hosted),
    handlerOf(() => {
      throw new Error('becomes a system error event');
    }),
    handlerOf(() => {
      throw new arvo.ViolationError({ type: 'RateLimited', message: 'on purpose' });
    }),
    flowOf(),
    orchestratorOf(),
  ];
  for (const handler of keep) assert.deepEqual(await arvo.conforms(handler, { seed: 7 }), tried, handler.source);
});

test('a wrong field for one input in 500 is found, and the input made as small as it gets', async () => {
  const range = {
    type: 'object',
    properties: { n: { type: 'integer', minimum: 0, maximum: 499_999 } },
    required: ['n'],
  };
  const handler = counted(async ({ event: { data } }) => next(data.n % 500 === 123 ? 'many' : data.n + 1), range);
  const found = await arvo.conforms(handler, { seed: 1, valid: 5_000 }).then(assert.fail, (error) => error);
  assert.ok(found instanceof arvo.ArvoConformsError);
  assert.deepEqual(
    [found.breach.input, found.breach.type, found.breach.version],
    [{ n: 123 }, 'com.count.up', '1.0.0'],
  );
  assert.match(found.message, /valid input led to ViolationError<Contract>.*{"n":123}.*ARVO_SEED=1/s);
});

test('so are data that nobody can write, and a workflow that breaks its contract', async () => {
  await assert.rejects(
    arvo.conforms(
      counted(() => next(1n)),
      { seed: 1 },
    ),
    /valid input led to ViolationError<Contract>/,
  );
  const ends = flowOf(() => ({ output: { total: 'many' } }));
  await assert.rejects(arvo.conforms(ends, { seed: 1 }), /arvo.orc.sum 1.0.0: valid input/);
  const machine = machineOf(definition({ initial: 'done', output: () => ({ total: 'many' }) }));
  await assert.rejects(arvo.conforms(orchestratorOf(machine), { seed: 1 }), /arvo.orc.sum 1.0.0: valid input/);
});

test('the seed of the environment replays; any text is a seed; what is no handler, or can not be made, is refused', async () => {
  const handler = counted(({ event }) => next(event.data.n > 1000 ? 'many' : 1));
  process.env.ARVO_SEED = '18446744073709551615';
  try {
    await assert.rejects(arvo.conforms(handler), /ARVO_SEED=18446744073709551615/);
  } finally {
    delete process.env.ARVO_SEED;
  }
  const named = await arvo.conforms(handler, { seed: 'release 7' }).then(assert.fail, ({ breach }) => breach.seed);
  await assert.rejects(arvo.conforms(handler, { seed: BigInt(named) }), ({ breach }) => breach.seed === named);
  await assert.rejects(arvo.conforms({ source: 'a', execute: async () => ({ events: [] }) }), arvo.ArvoSuiteError);
  const impossible = { ...PLACE, properties: { item: { type: 'string', minLength: 5, maxLength: 2 } } };
  await assert.rejects(arvo.conforms(handlerOf(() => undefined, contractOf(impossible))), arvo.ArvoConformsError);
});

test("the demo's handlers and workflows keep their contracts", async () => {
  const workflows = await demo('workflows');
  const handlers = [...(await demo('services')), ...workflows].filter(({ source }) => source !== 'arvo.orc.shipment');
  assert.equal(handlers.length, 7);
  for (const handler of handlers) await arvo.conforms(handler, { seed: 1 });
  // Its contract, which is the reference's, takes any text for a country, that of labels takes two letters.
  const shipment = workflows.find(({ source }) => source === 'arvo.orc.shipment');
  await assert.rejects(arvo.conforms(shipment, { seed: 1 }), ({ breach }) => breach.input.country.length !== 2);
});
