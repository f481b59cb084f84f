// Microseconds of one call: several contenders in turns, so that all of them see the same machine; the median counts.
// It is the time of the processor, of this process with its collector, so that a busy machine tells the same.

const ROUNDS = 9;
const ROUND_MS = 120;
const PREPARED = 100;

/**
 * Measures each contender; gives the median by name. A contender is a function that may give a promise, or
 * `{prepare, call}`: what `prepare` gives for so many calls is not measured, each goes to one `call`.
 */
export async function measure(contenders) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (const contender of Object.values(contenders)) await timed(contender, 2 * ROUND_MS);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, contender] of Object.entries(contenders)) times[name].push(await timed(contender, ROUND_MS));
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

async function timed(contender, milliseconds) {
  const { prepare = nothing, call } = typeof contender === 'function' ? { call: contender } : contender;
  let spent = 0;
  let calls = 0;
  while (spent < milliseconds) {
    const inputs = await prepare(PREPARED);
    const began = worked();
    for (const input of inputs) {
      const given = call(input);
      if (typeof given?.then === 'function') await given;
    }
    spent += worked() - began;
    calls += inputs.length;
  }
  return (spent * 1000) / calls;
}

function nothing(count) {
  return Array.from({ length: count });
}
