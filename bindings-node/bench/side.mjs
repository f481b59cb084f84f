// One side of the orders' benchmark, in a process of its own: what V8 learns of one side would slow the others down.
// Run by `flows.mjs` as `side.mjs WAY`; prints JSON.

import * as orders from './orders.mjs';

// What is told is the median of the rounds of all processes: enough of them that one which the machine slows down does not
// decide, and first as many that V8 has compiled what it will.
const WARM_UP = 8;
const ROUNDS = 7;
const FLIGHTS = 100;

const { log } = console;
for (const method of ['log', 'info', 'warn', 'error', 'debug', 'table']) console[method] = () => undefined;

/** What so many rounds give. */
async function rounds(count, run) {
  const found = [];
  for (let round = 0; round < count; round += 1) found.push(await run());
  return found;
}

const [way] = process.argv.slice(2);
if (way === 'yardstick') {
  const [awake, sleeping] = [await orders.yardstick(0), await orders.yardstick(1)];
  await rounds(WARM_UP, () => orders.oneByOne(awake, 1000));
  log(
    JSON.stringify({
      awake: await rounds(ROUNDS, () => orders.oneByOne(awake, 200)),
      sleeping: await rounds(ROUNDS, () => orders.oneByOne(sleeping, 50)),
    }),
  );
} else {
  const side = await orders.ours(way);
  await rounds(WARM_UP, () => orders.oneByOne(side, 1000));
  const alone = await rounds(ROUNDS, () => orders.oneByOne(side, 1000));
  await rounds(WARM_UP, () => orders.inFlight(side, FLIGHTS));
  log(JSON.stringify({ alone, together: await rounds(ROUNDS, () => orders.inFlight(side, FLIGHTS)) }));
}
