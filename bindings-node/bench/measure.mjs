// Microseconds of one call: several contenders in turns, so that all of them see the same machine; the median counts.
// It is the time of the processor, of this process with its collector, so that a busy machine tells the same.

const ROUNDS = 9;
const ROUND_MS = 120;
const BATCH = 50;

/** Measures each contender, a function that may give a promise; gives the median by name. */
export async function measure(contenders) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (const call of Object.values(contenders)) await timed(call, 2 * ROUND_MS);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, call] of Object.entries(contenders)) times[name].push(await timed(call, ROUND_MS));
  }
  return Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
}

export function median(list) {
  return list.sort((one, other) => one - other)[list.length >> 1];
}

/** Milliseconds that this process has worked. */
export function worked() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function timed(call, milliseconds) {
  const began = worked();
  let calls = 0;
  let now = began;
  while (now - began < milliseconds) {
    for (let batch = 0; batch < BATCH; batch += 1) {
      const given = call();
      if (typeof given?.then === 'function') await given;
    }
    calls += BATCH;
    now = worked();
  }
  return ((now - began) * 1000) / calls;
}
