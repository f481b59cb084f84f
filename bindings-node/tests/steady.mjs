// Whether memory stays as it is while something runs again and again: what the soaks share.

import { setImmediate as turn } from 'node:timers/promises';

const MIB = 1024 * 1024;
const ALLOWED = 0.03;

if (globalThis.gc === undefined) throw new Error('run it with `node --expose-gc`, as `npm run soak` does');

/** Memory in use, of JavaScript and of the whole process, after everything that can go has gone. */
async function memory() {
  for (let round = 0; round < 4; round += 1) {
    await turn();
    globalThis.gc();
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, rss };
}

/** Runs it again and again; the last half must not grow. */
export async function steady(title, run, rounds) {
  const seen = [];
  for (let round = 0; round < rounds; round += 1) {
    await run();
    seen.push(await memory());
    const { heapUsed, rss } = seen.at(-1);
    console.log(
      `${title} ${round + 1}: heap ${(heapUsed / MIB).toFixed(2)} MiB, process ${(rss / MIB).toFixed(1)} MiB`,
    );
  }
  const late = seen.slice(rounds >> 1);
  return ['heapUsed', 'rss'].every((kind) => {
    const values = late.map((each) => each[kind]);
    const growth = (Math.max(...values) - Math.min(...values)) / Math.min(...values);
    console.log(`${title}: ${kind} of the last ${late.length} rounds within ${(growth * 100).toFixed(2)} %`);
    return growth < ALLOWED;
  });
}
