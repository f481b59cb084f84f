// One step of an order's workflow in Node: a record and an event in, the record and the events afterwards out. Reads
// lines of JSON and answers each with one; run.py says more.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as arvo from '../../bindings-node/dist/index.js';

const folder = process.env.ARVO_ORDERS;
if (!folder) throw new Error('ARVO_ORDERS must name the folder of the orders');
const read = (name) => readFileSync(join(folder, name), 'utf8');

let record = null;
const memory = {
  read: () => (record === null ? null : JSON.parse(record)),
  write: (_, written) => {
    record = JSON.stringify(written);
  },
  lock: () => true,
  unlock: () => true,
};

const contracts = JSON.parse(read('contracts.json')).map((json) =>
  arvo.ArvoContract.fromJson(json, { unknownKeys: 'strip' }),
);
const workflows = new Map(
  ['fulfilment.machine.json', 'shipment.machine.json'].map((file) => {
    const machine = arvo.machineFromJson(read(file), contracts);
    return [machine.source, arvo.createArvoOrchestrator({ machines: [machine], memory })];
  }),
);

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  record = given.record;
  const event = arvo.ArvoEvent.parse(JSON.stringify(given.event));
  const answer = await workflows
    .get(event.to)
    .execute(event)
    .then(
      ({ events }) => ({ events }),
      (error) => ({ violation: error.message }),
    );
  console.log(JSON.stringify({ record, ...answer }));
}
