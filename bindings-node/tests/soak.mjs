// Memory: the orders of the demo ten times over, and 100,000 calls that fail in every way, leave it as it was.
// `npm run soak`: it takes minutes, so it is no part of the tests.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { native } from '../dist/native.js';
import { init } from './flow.mjs';
import { definition, machineOf, orchestratorOf } from './machines.mjs';
import {
  ArvoContract,
  ArvoEvent,
  ArvoOrchestrationSubject,
  contractOf,
  createArvoEvent,
  createArvoEventFactory,
  createArvoEventHandler,
  eventOf,
  handlerOf,
  placed,
  ViolationError,
} from './service.mjs';
import { steady } from './steady.mjs';

const ROUNDS = 10;
const PER_ROUND = 3; // so that what is compiled and set up once is there before the rounds that count
const CALLS = 100_000;

/** Every line of the demo's orders through a contract from JSON and a handler. */
async function orders() {
  const folder = process.env.ARVO_ORDERS ?? '../examples/orders';
  const json = JSON.parse(readFileSync(`${folder}/contracts.json`, 'utf8'));
  const contract = ArvoContract.fromJson(
    json.find(({ uri }) => uri.endsWith('/label/create')),
    { unknownKeys: 'strip' },
  );
  const factory = createArvoEventFactory(contract.version('latest'));
  const handler = createArvoEventHandler({
    contract,
    executionunits: 0,
    handler: {
      '1.0.0': async ({ event }) => {
        if (event.data.country === 'XX') throw new Error('Unknown country XX');
        return { type: 'evt.label.create.success', data: { labelId: `LBL-${event.data.orderId}` } };
      },
    },
  });
  for (const line of readFileSync(`${folder}/orders.jsonl`, 'utf8').trimEnd().split('\n')) {
    const order = ArvoEvent.parse(line);
    const { orderId, country } = order.data;
    const request = factory.accepts({
      source: 'arvo.orc.shipment',
      subject: order.subject,
      data: { orderId, country },
    });
    for (const { type } of (await handler.execute(request)).events) if (type === '') throw new Error('no type');
  }
}

const zod = contractOf(z.object({ item: z.string() }), z.object({ order: z.string() }));
const good = eventOf();
const bad = eventOf({ item: 7 });
const abort = AbortSignal.abort();
const thrower = () => {
  throw new Error('no');
};
const machines = [thrower, async () => {}, ({ self }) => self].map((entry) =>
  orchestratorOf(machineOf(definition({ entry }))),
);
const FAILING = [
  ...machines.map((flow) => async () => {
    const { events } = await flow.execute(init()).finally(() => flow.memory.clear());
    if (events[0].type.startsWith('sys.')) throw new Error('the workflow failed, and told so');
  }),
  () => machineOf(definition({ initial: 'nowhere' })),
  () => createArvoEvent({ source: '', type: 'x', data: 1 }),
  () => ArvoEvent.parse('{"id":1}'),
  () => ArvoOrchestrationSubject.parse('garbage'),
  () => createArvoEventFactory(zod.version('1.0.0')).accepts({ source: 'com.shop.web', data: {} }),
  () => contractOf({ type: 'no type' }),
  () => handlerOf(() => placed(), zod).execute(bad),
  ...[contractOf(), zod].flatMap((contract) =>
    [
      async () => {
        throw new ViolationError({ type: 'Own', message: 'm' });
      },
      async () => ({ type: 'evt.order.placed', data: { order: 7 } }),
      async () => 42,
      () => new Promise(() => {}),
    ].map((call) => {
      const handler = handlerOf(call, contract);
      return () => handler.execute(good, { signal: String(call).includes('new Promise(') ? abort : undefined });
    }),
  ),
];

/** 100,000 failures, ten at a time. */
async function failures() {
  let failed = 0;
  for (let call = 0; call < CALLS; call += FAILING.length) {
    for (const fail of FAILING) {
      try {
        await fail();
      } catch {
        failed += 1;
      }
    }
  }
  if (failed < CALLS) throw new Error(`${CALLS - failed} calls did not fail`);
}

const demo = async () => {
  for (let time = 0; time < PER_ROUND; time += 1) await orders();
};
const flat = [await steady('demo', demo, ROUNDS), await steady('failures', failures, 4)];
const open = native.openExecutions();
console.log(open === 0 ? 'no execution is left open' : `${open} executions are left open`);
process.exitCode = flat.every(Boolean) && open === 0 ? 0 : 1;
