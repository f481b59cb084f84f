// Run by hostile.test.mjs in a process of its own: prints by how many MiB hostile input raised the most memory ever used.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createDeflate } from 'node:zlib';
import {
  ArvoEvent,
  ArvoOrchestrationSubject,
  contractOf,
  eventOf,
  handlerOf,
  parseArvoEventId,
  placed,
} from './service.mjs';

const huge = 'x'.repeat(10_000_000);
// 50 MiB of blanks, deflated piece by piece: making it must not need what reading it must not need.
const blanks = Readable.from(Array(800).fill(Buffer.alloc(64 * 1024, 0x20)));
const bomb = (await buffer(blanks.pipe(createDeflate()))).toString('base64');
const deep = `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
const event = eventOf({ item: '@' }).toString();
const wide = event.replace('"@"', JSON.stringify(huge));
const narrow = event.replace('{"item":"@"}', deep);
const handler = handlerOf(() => placed());
await handler.execute(eventOf());
contractOf();

const base = process.resourceUsage().maxRSS;
const calls = [
  () => ArvoOrchestrationSubject.parse(bomb),
  () => ArvoOrchestrationSubject.parse(huge),
  () => parseArvoEventId(bomb),
  () => ArvoEvent.parse(huge),
  () => ArvoEvent.parse(wide),
  () => ArvoEvent.parse(narrow),
];
for (const call of calls) {
  try {
    call();
  } catch {
    // what is thrown is tested elsewhere
  }
}
console.log(Math.round((process.resourceUsage().maxRSS - base) / 1024));
