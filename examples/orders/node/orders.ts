// The order demo in Node: every recorded order goes in, a parcel or a refusal comes out, as the reference recorded it.
//
// Services are handlers, both workflows are resumables, and the clerk sits in a domain of its own: requests to it leave
// the broker's local flow, its answers come back. The last line of the output is one JSON object. With `--machines` the
// workflows are the machines of ../*.machine.json, with `--machines=inline` machines that have their functions in them.
//
// Run it with `npm --prefix bindings-node run demo` (which compiles it first, and runs it in `bindings-node`); ARVO_ORDERS
// names another folder of the same form.

import { readFileSync } from 'node:fs';
import { join, resolve as resolvePath } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ArvoEvent, createSimpleEventBroker } from 'arvo';
import { portable } from './machines.js';
import { inline } from './machines-inline.js';
import {
  courierBook,
  inventoryRelease,
  inventoryReserve,
  labelCreate,
  orderApprove,
  paymentCharge,
} from './services.js';
import { orderFulfilment, orderShipment } from './workflows.js';

const { ARVO_ORDERS, INIT_CWD = '.' } = process.env;
const FOLDER = ARVO_ORDERS ? resolvePath(INIT_CWD, ARVO_ORDERS) : '../examples/orders';
const WIDTH = 40;

type Counts = Record<string, number>;

const lines = (name: string) => readFileSync(join(FOLDER, name), 'utf8').trimEnd().split('\n');

function workflows(way: string | undefined) {
  switch (way) {
    case undefined:
      return [orderFulfilment, orderShipment];
    case '--machines':
      return portable(FOLDER);
    case '--machines=inline':
      return inline;
    default:
      throw new Error(`${way}: only --machines and --machines=inline are known here`);
  }
}

const { broker, resolve } = createSimpleEventBroker(
  [...workflows(process.argv[2]), inventoryReserve, inventoryRelease, paymentCharge, labelCreate, courierBook],
  {
    onError: (error, { type }) => console.error(`${type}: ${error.message}`),
    onDomainedEvents: async ({ event, broker: within }) => {
      const { events } = await orderApprove.execute(event);
      for (const answer of events) await within.publish(answer);
    },
  },
);

/** What came of an order, in the form of `expected.jsonl`. */
function found(orderId: string, order: ArvoEvent, answer: ArvoEvent | null) {
  const events: Counts = {};
  for (const { type } of broker.events) events[type] = (events[type] ?? 0) + 1;
  if (answer === null) return { orderId, type: null, events };
  const { type, to, data, parentid, subject } = answer;
  return {
    orderId,
    type,
    to,
    parentid_is_init: parentid === order.id,
    subject_is_init: subject === order.subject,
    data: { ...data },
    events,
  };
}

/** A bar, on a terminal. */
function showProgress(done: number, all: number) {
  if (!process.stdout.isTTY || (done % 25 !== 0 && done !== all)) return;
  const filled = Math.floor((WIDTH * done) / all);
  process.stdout.write(`\r[${'#'.repeat(filled).padEnd(WIDTH)}] ${done} of ${all} orders${done === all ? '\n' : ''}`);
}

const orders = lines('orders.jsonl').map((line) => ArvoEvent.parse(line));
const expected = lines('expected.jsonl').map((line) => JSON.parse(line));
const outcomes: Counts = {};
const differences: { order: string; wanted: unknown; found: unknown }[] = [];
let events = 0;

const began = performance.now();
for (const [index, order] of orders.entries()) {
  const wanted = expected[index];
  const answer = await resolve(order);
  const came = found(wanted.orderId, order, answer);
  const outcome = answer?.data.status ?? 'no answer';
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  events += broker.events.length;
  if (!isDeepStrictEqual(came, wanted)) differences.push({ order: wanted.orderId, wanted, found: came });
  broker.clearEvents();
  showProgress(index + 1, orders.length);
}
const seconds = Number(((performance.now() - began) / 1000).toFixed(4));

const identical = orders.length - differences.length;
console.log(
  JSON.stringify({
    language: 'Node',
    orders: orders.length,
    identical,
    outcomes,
    events,
    seconds,
    differences: differences.slice(0, 10),
  }),
);
process.exitCode = identical < orders.length ? 1 : 0;
