// What the tests of the store share: files that go with their test, the workflow of `flow.mjs` under both kinds of
// schema, and processes of their own.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import * as arvo from '../dist/index.js';
import * as json from './flow.mjs';

/** A folder that goes with the test. */
export function folderOf(t) {
  const folder = mkdtempSync(join(tmpdir(), 'arvo-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The URL of a file that goes with the test. */
export const urlOf = (t) => `sqlite:${join(folderOf(t), 'store.db')}`;

/** An open store that goes with the test. */
export async function storeOf(t, url = urlOf(t)) {
  const store = await arvo.openStore(url);
  t.after(() => store.close());
  return store;
}

const add = arvo.createSimpleArvoContract({
  uri: '#/services/add',
  type: 'calc.add',
  versions: { '1.0.0': { accepts: z.object({ a: z.number() }), emits: z.object({ sum: z.number() }) } },
});
const sum = arvo.createArvoOrchestratorContract({
  uri: '#/flows/sum',
  name: 'sum',
  versions: { '1.0.0': { init: z.object({ a: z.number() }), complete: z.object({ total: z.number() }) } },
});

/** Contracts of the workflow and its service, by the kind of their schemas. */
export const KINDS = { 'JSON Schema': { add: json.add, sum: json.sum }, Zod: { add, sum } };

/** The workflow and its service; `call` is told of each event that the service handles, and may answer itself. */
export function handlersOf({ add, sum } = KINDS['JSON Schema'], call = () => undefined, twice = json.twice) {
  const flow = arvo.createArvoResumable({
    contracts: { self: sum, services: { add: add.version('1.0.0') } },
    handler: { '1.0.0': twice },
  });
  return [flow, serviceOf(call, add)];
}

/** The service alone. */
export function serviceOf(call = () => undefined, contract = json.add) {
  const answer = async ({ event }) =>
    (await call(event)) ?? { type: 'evt.calc.add.success', data: { sum: event.data.a + 1 } };
  return arvo.createArvoEventHandler({ contract, handler: { '1.0.0': answer } });
}

/** An event for the service. */
export function request(more = {}) {
  return arvo.createArvoEvent({
    source: 'com.shop.web',
    type: 'com.calc.add',
    subject: 'sum/1',
    dataschema: '#/services/add/1.0.0',
    data: { a: 1 },
    ...more,
  });
}

/** Runs a worker while something else is done; gives the worker. */
export async function working(store, handlers, during, options = {}) {
  const worker = new arvo.Worker(store, handlers, { signals: false, ...options });
  const ended = worker.run();
  try {
    await Promise.race([during(worker), ended.then(() => Promise.reject(new Error('the worker ended too soon')))]);
  } finally {
    worker.stop();
    await ended;
  }
  return worker;
}

/** A worker's process: its lines, and its end. Killed with the test. */
export function processOf(t, ...args) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('durable-worker.mjs', import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((end) => child.once('exit', (code, signal) => end({ code, signal })));
  t.after(() => child.kill('SIGKILL') && ended);
  return { child, ended, line: async () => (await lines.next()).value };
}
