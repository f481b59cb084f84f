// Whole orders: the demo's services and workflows, through our broker and through the yardstick's.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { ArvoEvent, createSimpleEventBroker } from '../dist/index.js';
import { worked } from './measure.mjs';
import { demoOf } from './ways.mjs';

const ORDERS = process.env.ARVO_ORDERS ?? fileURLToPath(new URL('../../examples/orders', import.meta.url));
const lines = (name) => readFileSync(`${ORDERS}/${name}`, 'utf8').trimEnd().split('\n');
const expected = lines('expected.jsonl').map((line) => JSON.parse(line));
const texts = lines('orders.jsonl');

/** The demo's parts, in one of the ways that it can be loaded. */
async function parts(way) {
  const [services, workflows] = await Promise.all(
    ['services.js', 'workflows.js'].map((name) => import(new URL(name, demoOf(way)).href)),
  );
  const { orderApprove, ...local } = services;
  const { memory } = workflows.orderFulfilment;
  return { clerk: orderApprove, handlers: [...Object.values(local), ...Object.values(workflows)], memory };
}

/** The demo on ours, in one of the ways that it can be loaded. */
export async function ours(way) {
  const { clerk, handlers, memory } = await parts(way);
  const { broker, resolve } = createSimpleEventBroker(handlers, {
    onError: (error) => {
      throw error;
    },
    onDomainedEvents: async ({ event, broker: within }) => {
      for (const answer of (await clerk.execute(event)).events) await within.publish(answer);
    },
  });
  return { orders: texts.map((text) => ArvoEvent.parse(text)), resolve, broker, memory };
}

/** The demo on the yardstick, its broker sleeping so long before each event. */
export async function yardstick(milliseconds) {
  const { createArvoEvent } = await import('arvo-core');
  const { createSimpleEventBroker: brokerOf } = await import('./yardstick.mjs');
  const { clerk, handlers, memory } = await parts('yardstick');
  const onDomainedEvents = async ({ event }) => (await clerk.execute(event)).events;
  const { resolve } = brokerOf(handlers, { onDomainedEvents, milliseconds });
  return { orders: texts.map((text) => createArvoEvent(JSON.parse(text))), resolve, memory };
}

/** Sends so many orders one after the other; gives microseconds of one, by the clock and of the processor. */
export async function oneByOne({ orders, resolve, broker, memory }, count) {
  const [began, busy] = [performance.now(), worked()];
  const answers = [];
  for (let at = 0; at < count; at += 1) {
    const { type, data } = await resolve(orders[at]);
    answers.push({ type, data });
    broker?.clearEvents();
  }
  const [clock, processor] = [performance.now() - began, worked() - busy];
  answers.forEach((answer, at) => void check(at, answer));
  memory.clear();
  return { clock: (clock * 1000) / count, processor: (processor * 1000) / count };
}

/** Keeps so many orders in flight; gives how long each took, in ascending milliseconds, and orders by second. */
export async function inFlight({ orders, resolve, broker, memory }, flights) {
  const took = [];
  let next = 0;
  const lane = async () => {
    while (next < orders.length) {
      const at = next++;
      const sent = performance.now();
      check(at, await resolve(orders[at]));
      took.push(performance.now() - sent);
      if (at % 100 === 0) broker.clearEvents();
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: flights }, lane));
  const seconds = (performance.now() - began) / 1000;
  memory.clear();
  return { took: took.sort((one, other) => one - other), perSecond: orders.length / seconds };
}

/** The answer must be the recorded one: a side that does other work measures nothing. */
function check(at, answer) {
  const { type, data } = expected[at];
  if (answer?.type !== type || !isDeepStrictEqual({ ...answer.data }, data))
    throw new Error(`order ${at} ended as ${answer?.type} ${JSON.stringify(answer?.data)}, not as ${type}`);
}
