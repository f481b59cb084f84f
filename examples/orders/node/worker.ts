// A worker of the durable demo in Node: serves services and workflows on a store that other languages share.
//
//   ARVO_ORDERS=examples/orders node bindings-node/dist/examples/orders/node/worker.js URL NAME LEASE LEDGER TYPE…
//
// LEASE is in milliseconds. LEDGER is a file outside the store: each call of a service appends a line to it before it
// acts. The workflows are the machines of ../*.machine.json. It ends on SIGTERM.

import { openSync, writeSync } from 'node:fs';
import { type ArvoContract, type ArvoEventHandler, createArvoEventHandler, Worker } from 'arvo';
import { portable } from './machines.js';
import {
  courierBook,
  inventoryRelease,
  inventoryReserve,
  labelCreate,
  orderApprove,
  paymentCharge,
} from './services.js';

const { ARVO_ORDERS = '../examples/orders' } = process.env;
const [url = '', name = '', lease = '', path = '', ...types] = process.argv.slice(2);
const ledger = openSync(path, 'a');

/**
 * A service whose calls are written down. One line, in one write, so that those of several processes do not mix: the
 * consumed event's id, which is what a service that must not act twice would keep, the worker, the process.
 */
function noted<C extends ArvoContract<any, any, any, any>>({ contract, executionunits, handler }: ArvoEventHandler<C>) {
  const functions = Object.entries<(input: any) => any>(handler).map(([version, service]) => {
    const call = (input: any) => {
      writeSync(ledger, `${input.event.id}\t${name}\t${process.pid}\n`);
      return service(input);
    };
    return [version, call];
  });
  return createArvoEventHandler({ contract, executionunits, handler: Object.fromEntries(functions) });
}

const handlers = [
  ...portable(ARVO_ORDERS),
  noted(inventoryReserve),
  noted(inventoryRelease),
  noted(paymentCharge),
  noted(orderApprove),
  noted(labelCreate),
  noted(courierBook),
];
const served = types.map((type) => {
  const handler = handlers.find(({ source }) => source === type);
  if (!handler) throw new Error(`${type}: no such service or workflow`);
  return handler;
});

const worker = new Worker(url, served, {
  name,
  lease: Number(lease),
  // A try counts for all that a worker held when it was killed, which happens here more often than elsewhere.
  retry: { tries: 100 },
});
console.log('ready');
await worker.run();
