// Memory: more than 100,000 steps of workflows, in this process's memory and in one of the user's own, through the broker
// and alone, and failing in every way, leave it as it was. Part of `npm run soak`.

import * as arvo from '../dist/index.js';
import { native } from '../dist/native.js';
import { adder, flowOf, init, OwnMemory, twice } from './flow.mjs';
import { steady } from './steady.mjs';

const ROUNDS = 10;
const WHOLE = 2_000; // workflows of three steps, in each memory and round
const FAILING = 300; // of each kind and round
const WANTED = 100_000;

let steps = 0;
const counted = (call) => (given) => {
  steps += 1;
  return call(given);
};

/** Whole workflows through the broker, a hundred at a time. */
async function whole(memory) {
  const flow = flowOf(counted(twice), memory);
  const { broker, resolve } = arvo.createSimpleEventBroker([flow, adder]);
  for (let at = 0; at < WHOLE; at += 100) {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, next) => resolve(init(at + next))));
    if (answers.some((answer, next) => answer?.data.total !== at + next + 2)) throw new Error('a wrong answer');
    if (broker.events.length !== 600) throw new Error(`${broker.events.length} events of 100 workflows`);
    broker.clearEvents();
  }
}

/** A memory that fails at one operation. */
class Failing extends OwnMemory {
  constructor(operation) {
    super();
    this[operation] = () => Promise.reject(new Error(`no ${operation}`));
  }
}

const abort = AbortSignal.abort(new Error('enough'));
const never = () => new Promise(() => {});
const throwing = (thrown) => () => Promise.reject(thrown);
/** Each begins a workflow that ends badly: what comes of it is an error event, or something thrown. */
const BAD = [
  ...['read', 'write', 'lock', 'unlock'].map((operation) => () => [flowOf(counted(twice), new Failing(operation))]),
  ...[() => undefined, () => new OwnMemory()].flatMap((memory) =>
    [
      throwing(new Error('it broke')),
      throwing(new arvo.ViolationError({ type: 'Own', message: 'stop' })),
      () => 42,
      () => ({ services: [{ type: 'com.calc.add', data: { a: 'no number' } }] }),
      () => ({ services: [{ type: 'com.nobody.here', data: {} }] }),
      () => ({ context: 1n }),
    ].map((call) => () => [flowOf(counted(call), memory())]),
  ),
  () => [flowOf(counted(never)), { signal: abort }],
  () => [flowOf(counted(never), new OwnMemory()), { signal: abort }],
];

async function failing() {
  for (const make of BAD) {
    const [flow, options] = make();
    for (let time = 0; time < FAILING; time += 1) await flow.execute(init(), options).catch(() => {});
  }
}

/** Questions that are given up, whose workflows go on; and events that leave with nobody to take them. */
async function givenUp() {
  const { broker, resolve } = arvo.createSimpleEventBroker([flowOf(counted(twice)), adder], { onError: () => {} });
  for (let time = 0; time < FAILING; time += 1) {
    const controller = new AbortController();
    const waiting = resolve(init(), { signal: controller.signal, timeout: 60_000 }).catch(() => {});
    controller.abort();
    await waiting;
  }
  await broker.publish(init());
  const abroad = flowOf(counted(twice), undefined, { defaultEventEmissionDomains: { services: ['abroad'] } });
  const other = arvo.createSimpleEventBroker([abroad], { onError: () => {} });
  for (let time = 0; time < FAILING; time += 1) await other.resolve(init());
}

const flat = await steady(
  'workflows',
  async () => {
    await whole(new arvo.SimpleMachineMemory());
    await whole(new OwnMemory());
    await failing();
    await givenUp();
  },
  ROUNDS,
);
const open = native.openExecutions();
console.log(`${steps} steps of workflows; ${open === 0 ? 'no execution is' : `${open} executions are`} left open`);
process.exitCode = flat && open === 0 && steps >= WANTED ? 0 : 1;
