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

/**
 * Runs it again and again. The last half of the rounds must not grow: the least of its later rounds is held against the
 * least of its earlier ones, since a leak raises also the least, and what the process lets go late does not.
 */
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
  const middle = late.length >> 1;
  return ['heapUsed', 'rss'].every((kind) => {
    const least = (part) => Math.min(...part.map((each) => each[kind]));
    const growth = least(late.slice(middle)) / least(late.slice(0, middle)) - 1;
    console.log(`${title}: ${kind} has grown by ${(growth * 100).toFixed(2)} % in the last ${late.length} rounds`);
    return growth < ALLOWED;
  });
}
