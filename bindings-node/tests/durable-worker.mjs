// A worker in a process of its own. Arguments: the store's URL, the worker's name, a file to note handled events in, and
// how long the service takes: milliseconds, or `for ever`.

import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as arvo from '../dist/index.js';
import { handlersOf, KINDS } from './durable.mjs';

const [url, name, ledger, takes] = process.argv.slice(2);
const handlers = handlersOf(KINDS['JSON Schema'], async ({ id }) => {
  appendFileSync(ledger, `${id}\n`);
  if (takes === '0') return;
  console.log('begun');
  await (takes === 'for ever' ? new Promise(() => setInterval(() => {}, 1000)) : sleep(Number(takes)));
});
const worker = new arvo.Worker(url, handlers, { name, lease: 60_000 });
const ended = worker.run();
console.log('ready');
await ended;
console.log(JSON.stringify(worker.tally()));
