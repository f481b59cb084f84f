// Functions of machines: what they throw, promise or hold on to, in every place where one can stand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as xstate from 'xstate';
import * as arvo from '../dist/index.js';
import { native } from '../dist/native.js';
import { init } from './flow.mjs';
import { definition, machineOf, stepOf } from './machines.mjs';
import { thrownBy } from './service.mjs';

const entry = (actions, more) => definition({ entry: actions, ...more });

/** Every place of a function: the definition in which `call` stands there, and whether it is a guard of a transition. */
const PLACES = {
  context: (call) => definition({ context: call }),
  'custom action': (call) => entry((args) => call(args)),
  'named action': (call) => [entry('named'), { actions: { named: call } }],
  assign: (call) => entry(arvo.assign((args) => call(args))),
  'field of an assign': (call) => entry(arvo.assign({ total: call, a: 1 })),
  "XState's assign": (call) => entry(xstate.assign({ total: call })),
  emit: (call) => entry(arvo.emit(call)),
  "XState's emit": (call) => entry(xstate.emit(call)),
  raise: (call) => entry(arvo.raise(call)),
  log: (call) => entry(arvo.log(call)),
  params: (call) => [entry({ type: 'named', params: call }), { actions: { named: () => {} } }],
  enqueueActions: (call) => entry(arvo.enqueueActions(call)),
  'enqueued action': (call) => entry(arvo.enqueueActions(({ enqueue }) => enqueue((args) => call(args)))),
  'enqueued assign': (call) => entry(arvo.enqueueActions(({ enqueue }) => enqueue.assign({ total: call }))),
  'checked guard': (call) => entry(arvo.enqueueActions(({ check }) => void check(call))),
  guard: (call) => definition({ always: { guard: call, target: '.done' } }),
  'named guard': (call) => [definition({ always: { guard: 'named', target: '.done' } }), { guards: { named: call } }],
  'guard in a combination': (call) => definition({ always: { guard: arvo.and([arvo.not(call)]), target: '.done' } }),
  output: (call) => definition({ initial: 'done', output: call }),
};
const IN_GUARDS = new Set(['guard', 'named guard', 'guard in a combination']);

for (const place of Object.keys(PLACES)) {
  const run = (call, memory) => {
    const [config, setup] = [PLACES[place](call)].flat();
    return stepOf(config, setup, init(), memory);
  };

  test(`a violation thrown in ${place} is what execute throws, and nothing is written`, async () => {
    for (const violation of [
      new arvo.ExecutionViolation('stop', { retry: true }),
      new arvo.ViolationError({ type: 'RateLimited', message: 'slow down' }),
    ]) {
      const { thrown, record } = await run(() => {
        throw violation;
      });
      assert.equal(thrown, violation);
      assert.equal(record, null);
    }
  });

  test(`an error thrown in ${place} ends the workflow, and is told by system errors`, async () => {
    const { events, thrown, record } = await run(() => {
      throw new RangeError('too much');
    });
    assert.equal(thrown, undefined, thrown?.stack);
    assert.deepEqual(
      events.map(({ type, to }) => [type, to]),
      [['sys.arvo.orc.sum.error', 'com.shop.web']],
    );
    assert.ok(events[0].data.errorMessage.includes('too much'), events[0].data.errorMessage);
    if (!IN_GUARDS.has(place)) assert.equal(events[0].data.errorName, 'RangeError');
    assert.equal(record.executionStatus, 'failure');
  });

  test(`what is thrown in ${place} and no error leaves the workflow as it was`, async () => {
    for (const value of ['only text', undefined, null, { code: 7 }]) {
      const { thrown, record } = await run(() => {
        throw value;
      });
      assert.ok(IN_GUARDS.has(place) || thrown instanceof arvo.ExecutionViolation, thrown?.stack);
      if (!IN_GUARDS.has(place)) assert.equal(record, null);
    }
  });

  test(`a promise given in ${place} is refused, and nothing is written`, async () => {
    for (const promise of [async () => ({ total: 1 }), () => Promise.reject(new Error('later'))]) {
      const { thrown, record } = await run(promise);
      assert.ok(thrown instanceof arvo.ConfigViolation, thrown?.stack);
      assert.match(thrown.message, /'Promise' not supported\nLocation: \w/);
      assert.equal(record, null);
    }
  });

  test(`spawn, self and system raise where they are read, in ${place}`, async () => {
    for (const name of ['spawn', 'self', 'system']) {
      const { thrown } = await run((args) => args[name]);
      assert.ok(thrown instanceof arvo.ConfigViolation, thrown?.stack);
      assert.match(thrown.message, new RegExp(`Configuration Error: '${name}' not supported\nLocation: \\w`));
    }
  });
}

test('an execution that failed leaves nothing behind', () => assert.equal(native.openExecutions(), 0));

test('objects keep their identity within a step, and become JSON at its end', async () => {
  class Money {
    constructor(cents) {
      this.cents = cents;
    }
    toJSON() {
      return { cents: this.cents };
    }
  }
  const price = new Money(5);
  const when = new Date(0);
  const seen = [];
  const { events, record, thrown } = await stepOf(
    entry(
      [
        arvo.assign({ price, when: () => when, gone: () => undefined, list: () => [undefined, Number.NaN, -0] }),
        ({ context }) => seen.push(context.price === price, context.when === when, 'gone' in context),
        ({ context }) => context.list.push('in place'),
        arvo.emit(({ context, event }) => ({ type: 'com.calc.add', data: { a: context.price.cents }, of: event })),
      ],
      { initial: 'done', context: () => ({ total: 1 }) },
    ),
    {},
    init(),
  );
  assert.equal(thrown, undefined, thrown?.stack);
  assert.deepEqual(seen, [true, true, true]);
  assert.deepEqual(record.state.context, {
    total: 1,
    price: { cents: 5 },
    when: '1970-01-01T00:00:00.000Z',
    list: [null, null, 0, 'in place'],
  });
  assert.deepEqual(events[0].data, { a: 5 });
});

test('a context that is an instance is one until it is assigned to', async () => {
  class Basket {
    total = 0;
    double() {
      return this.total * 2;
    }
  }
  const seen = [];
  const { record, thrown } = await stepOf(
    definition({
      context: () => new Basket(),
      entry: [({ context }) => seen.push(context.double()), arvo.assign({ a: 1 })],
    }),
    {},
    init(),
  );
  assert.equal(thrown, undefined, thrown?.stack);
  assert.deepEqual(seen, [0]);
  assert.deepEqual(record.state.context, { total: 0, a: 1 });
});

test('what JSON can not hold is refused by its place, and nothing is written', async () => {
  const cycle = { deep: [{}] };
  cycle.deep[0].back = cycle;
  for (const [value, place] of [
    [{ list: [1, 2n] }, /context\.kept\.list\[1\] can't be written as JSON/],
    [cycle, /context\.kept\.deep\[0\]\.back can't be written as JSON/],
    ['\ud800', /context holds a lone surrogate/],
  ]) {
    const { thrown, record } = await stepOf(entry(arvo.assign({ kept: () => value })), {}, init());
    assert.ok(thrown instanceof arvo.ContractViolation, thrown?.stack);
    assert.match(thrown.message, place);
    assert.equal(record, null);
  }
});

test('an assign that gives no object fails the workflow', async () => {
  for (const [given, found] of [
    [5, 'a number'],
    [[1], 'a list'],
    ['x', 'text'],
  ]) {
    const { events } = await stepOf(entry(arvo.assign(() => given)), {}, init());
    assert.match(events[0].data.errorMessage, new RegExp(`must be an object, found ${found}`));
  }
});

test('values that look like expressions mean themselves in a definition with functions', async () => {
  const marked = { $: 'no expression', $fn: 1, deep: [{ $quote: 2 }] };
  const { record } = await stepOf(
    entry(arvo.assign({ marked, first: 1 }), { context: { a: 1, total: 0, given: { $: 'input.data.a' } } }),
    {},
    init(),
  );
  assert.deepEqual(record.state.context, { a: 1, total: 0, given: { $: 'input.data.a' }, marked, first: 1 });
});

test('check and enqueue are for the time that their function runs', async () => {
  const kept = {};
  await stepOf(entry(arvo.enqueueActions((args) => Object.assign(kept, args))), {}, init());
  assert.throws(() => kept.check(() => true), arvo.ConfigViolation);
  assert.throws(() => kept.enqueue(() => {}), arvo.ConfigViolation);
  const inner = entry(arvo.enqueueActions(() => kept.outer(() => true)));
  const { thrown } = await stepOf(
    entry(
      arvo.enqueueActions(({ check }) => {
        kept.outer = check;
        void stepOf(inner, {}, init()).then(({ thrown }) => Object.assign(kept, { thrown }));
        assert.equal(check('yes'), true);
      }),
    ),
    { guards: { yes: () => true } },
    init(),
  );
  assert.equal(thrown, undefined, thrown?.stack);
  await new Promise(setImmediate);
  assert.match(kept.thrown.message, /check was used outside of its enqueueActions function/);
});

test('check says what it can not judge, and what a guard threw comes through it', async () => {
  const { events } = await stepOf(entry(arvo.enqueueActions(({ check }) => void check('nobody'))), {}, init());
  assert.match(events[0].data.errorMessage, /nobody/);
  const seen = [];
  const error = new Error('from the guard');
  const catching = arvo.enqueueActions(({ check }) => {
    try {
      check(() => {
        throw error;
      });
    } catch (thrown) {
      seen.push(thrown);
    }
  });
  const { record } = await stepOf(entry(catching), {}, init());
  assert.deepEqual(seen, [error]);
  assert.equal(record.executionStatus, 'normal');
});

test('what a synchronous machine has no use for is refused while building, or while enqueueing', async () => {
  for (const action of [
    xstate.sendTo('other', { type: 'x' }),
    xstate.sendParent({ type: 'x' }),
    xstate.forwardTo('other'),
    xstate.cancel('x'),
    xstate.spawnChild('x'),
    xstate.stopChild('x'),
    xstate.raise({ type: 'x' }, { delay: 5 }),
  ]) {
    const refused = await thrownBy(() => machineOf(entry(action)));
    assert.ok(refused instanceof arvo.ConfigViolation, refused?.stack);
    assert.deepEqual(
      refused.problems.map(({ code, severity, path }) => [code, severity, path]),
      [['E-UNSUPPORTED', 'error', 'entry']],
    );
  }
  for (const name of ['sendTo', 'sendParent', 'spawnChild', 'stopChild', 'cancel']) {
    const { thrown } = await stepOf(entry(xstate.enqueueActions(({ enqueue }) => enqueue[name]('x'))), {}, init());
    assert.match(thrown.message, new RegExp(`'${name}' not supported`));
  }
});

test('every problem of a definition is told at once, by code and place', async () => {
  const bad = definition({
    initial: 'nowhere',
    states: {
      adding: {
        entry: 'unknown',
        on: { 'evt.calc.add.success': { target: 'lost', guard: 'who' } },
        invoke: { src: () => {} },
      },
      done: { type: 'final', after: { 100: 'adding' } },
    },
  });
  const refused = await thrownBy(() => machineOf(bad));
  assert.ok(refused instanceof arvo.ConfigViolation);
  assert.equal(refused.metadata, null);
  const errors = refused.problems
    .filter(({ severity }) => severity === 'error')
    .map(({ code, path }) => `${code} ${path}`);
  for (const wanted of [
    'E-INITIAL initial',
    'E-UNKNOWN-ACTION states.adding.entry',
    'E-UNKNOWN-GUARD states.adding.on.evt.calc.add.success.guard',
    'E-TARGET states.adding.on.evt.calc.add.success.target',
  ])
    assert.ok(errors.includes(wanted), `${wanted} in ${errors.join(', ')}`);
  assert.equal(errors.filter((each) => each.startsWith('E-UNSUPPORTED')).length, 2);
  const strict = await thrownBy(() => machineOf(definition({ actons: [] }), { strict: true }));
  assert.equal(strict.problems[0].code, 'W-KEY');
  assert.deepEqual(
    machineOf(definition({ actons: [] })).warnings.map(({ code, severity }) => [code, severity]),
    [['W-KEY', 'warning']],
  );
});

test('a set-up may ask about states that the definition names later', async () => {
  const guards = {
    adding: arvo.stateIn('#sum.adding'),
    both: arvo.not(arvo.and([xstate.stateIn('#sum.done'), { stateIn: '#sum.adding' }])),
  };
  const seen = (guard) => ({ on: { 'evt.calc.add.success': { guard, target: '.done' } } });
  const setup = { guards, actions: { ask: arvo.enqueueActions(({ check }) => void check('adding')) } };
  for (const guard of Object.keys(guards)) assert.equal(machineOf(definition(seen(guard)), setup).id, 'sum');
  const refused = await thrownBy(() => machineOf(definition(), { guards: { lost: arvo.stateIn('#sum.lost') } }));
  assert.deepEqual(
    refused.problems.map(({ code, path }) => [code, path]).filter(([code]) => code.startsWith('E-')),
    [['E-TARGET', 'guards.lost.stateIn']],
  );
});

test('a transition that is undefined hides those of the states above', () => {
  for (const [transitions, seen] of [
    [undefined, false],
    [[undefined], false],
    [[], true],
  ]) {
    const chart = arvo.compileChart({
      initial: 'a',
      context: { seen: false },
      on: { '*': { actions: arvo.assign({ seen: true }) } },
      states: { a: { on: { E: transitions } } },
    });
    const { snapshot } = chart.resume(chart.start().snapshot, { type: 'E' });
    assert.equal(snapshot.context.seen, seen, JSON.stringify(transitions));
  }
});

test('definitions that are no definitions are refused, never crash', async () => {
  const cycle = { id: 'm' };
  cycle.states = { a: cycle };
  for (const config of [null, 5, 'text', [], { id: 1 }, { id: 'm', states: 5 }, { id: 'm', states: { a: null } }]) {
    const found = await thrownBy(() => machineOf(config)).catch(() => undefined);
    assert.ok(found === undefined || found instanceof arvo.ConfigViolation, String(found));
  }
  const deepest = await thrownBy(() => machineOf(cycle));
  assert.match(deepest.message, /states\.a\.states\.a.* is nested deeper than 500 levels, or inside itself/);
  const meta = {};
  meta.meta = meta;
  assert.match((await thrownBy(() => machineOf(definition({ meta })))).message, /can't be written as JSON/);
  assert.equal(machineOf(definition({ meta: { big: 1n, call: () => {} } })).id, 'sum'); // nobody reads it
});

test('a chart may be 200 states deep', () => {
  const deep = (depth) => (depth === 0 ? {} : { initial: 'a', states: { a: deep(depth - 1) } });
  const { snapshot } = arvo.compileChart(deep(200)).start();
  assert.equal(JSON.stringify(snapshot.value).split('"a"').length - 1, 200);
});

test('a creator is no function, and says so', () => {
  assert.throws(() => arvo.assign({ a: 1 })({}), /made by assign\(\): give it to a machine/);
  assert.throws(() => arvo.and([])({}), /made by and\(\)/);
});
