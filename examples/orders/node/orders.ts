// The order demo in Node: every service request of the recorded orders, made by factories of the contracts in
// ../contracts.json and handled. The answers of each order must be of the types that the reference counted.
//
// Run it with `npm --prefix bindings-node run demo` (which compiles it first, and runs it in `bindings-node`); ARVO_ORDERS
// names another folder of the same form.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ArvoContract, ArvoEvent, type ArvoEventFactory, createArvoEventFactory, type IArvoEventHandler } from 'arvo';
import {
  courierBook,
  inventoryRelease,
  inventoryReserve,
  labelCreate,
  orderApprove,
  paymentCharge,
} from './services.js';

const { ARVO_ORDERS, INIT_CWD = '.' } = process.env;
const FOLDER = ARVO_ORDERS ? resolve(INIT_CWD, ARVO_ORDERS) : '../examples/orders';
const SERVICES: IArvoEventHandler[] = [
  inventoryReserve,
  inventoryRelease,
  paymentCharge,
  orderApprove,
  labelCreate,
  courierBook,
];

type Order = {
  orderId: string;
  customer: { id: string };
  items: { sku: string; quantity: number; unitPrice: number }[];
  card: string;
  country: string;
};
type Counts = Record<string, number>;
type Recorded = { orderId: string; events: Counts };

const lines = (name: string) => readFileSync(join(FOLDER, name), 'utf8').trimEnd().split('\n');

/** The data of each service request that an order may need. */
function requestsOf({ orderId, customer, items, card, country }: Order): Record<string, object> {
  const total = Math.round(items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0) * 100) / 100;
  return {
    'com.inventory.reserve': { orderId, items: items.map(({ sku, quantity }) => ({ sku, quantity })) },
    'com.inventory.release': { reservationId: `RSV-${orderId}`, reason: 'the order came to nothing' },
    'com.payment.charge': { orderId, amount: total, card },
    'com.order.approve': { orderId, total, customer: customer.id },
    'com.label.create': { orderId, country },
    'com.courier.book': { orderId, country, parcels: items.reduce((sum, { quantity }) => sum + quantity, 0) },
  };
}

/** How often the reference sent a request. The clerk's left the local flow, so only the answers were counted. */
function timesOf(type: string, { events }: Recorded): number {
  return events[type === 'com.order.approve' ? 'evt.order.approve.decided' : type] ?? 0;
}

const isAnswer = (type: string) => type.startsWith('evt.') || /^sys\.com\..*\.error$/.test(type);

const factories = new Map<string, ArvoEventFactory<any>>();
for (const json of JSON.parse(readFileSync(join(FOLDER, 'contracts.json'), 'utf8'))) {
  const contract = ArvoContract.fromJson(json, { unknownKeys: 'strip' });
  factories.set(contract.type, createArvoEventFactory(contract.version('latest')));
}

const orders = lines('orders.jsonl').map((line) => ArvoEvent.parse(line));
const expected = lines('expected.jsonl').map((line): Recorded => JSON.parse(line));
const eventsOut: Counts = {};
const differences: { order: string; wanted: Counts; found: Counts }[] = [];
let eventsIn = 0;

const began = performance.now();
for (const [index, order] of orders.entries()) {
  const recorded = expected[index] as Recorded;
  const requests = requestsOf(order.data as Order);
  const found: Counts = {};
  for (const service of SERVICES) {
    for (let times = timesOf(service.source, recorded); times > 0; times -= 1) {
      const request = factories.get(service.source)?.accepts({
        source: 'arvo.orc.order.fulfilment',
        subject: order.subject,
        parentid: order.id,
        data: requests[service.source],
      }) as ArvoEvent;
      const { events } = await service.execute(request);
      eventsIn += 1;
      for (const { type } of events) found[type] = (found[type] ?? 0) + 1;
    }
  }
  const wanted = Object.fromEntries(Object.entries(recorded.events).filter(([type]) => isAnswer(type)));
  const types = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  if ([...types].some((type) => wanted[type] !== found[type]))
    differences.push({ order: recorded.orderId, wanted, found });
  for (const [type, count] of Object.entries(found)) eventsOut[type] = (eventsOut[type] ?? 0) + count;
  if (process.stdout.isTTY && (index + 1) % 100 === 0) process.stdout.write(`\r${index + 1} orders`);
}
const seconds = Number(((performance.now() - began) / 1000).toFixed(4));

if (process.stdout.isTTY) process.stdout.write('\n');
const asRecorded = orders.length - differences.length;
console.log(
  JSON.stringify({
    language: 'Node',
    orders: orders.length,
    asRecorded,
    eventsIn,
    eventsOut,
    seconds,
    differences: differences.slice(0, 10),
  }),
);
process.exitCode = asRecorded < orders.length ? 1 : 0;
