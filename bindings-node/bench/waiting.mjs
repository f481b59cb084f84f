// What ten thousand workflows hold while they wait, in megabytes of the process. Run by `run.mjs` in a process of its
// own, with `--expose-gc`: at rest in memory, for an answer from outside; or in flight in a broker, where somebody
// awaits each of them, their service is at work, and the history holds every event.

import { setImmediate as turn } from 'node:timers/promises';
import * as arvo from '../dist/index.js';
import { ORDER } from './load.mjs';

const WORKFLOWS = 10_000;
const object = { type: 'object' };
const [state, load] = process.argv.slice(2);

async function memory() {
  for (let round = 0; round < 4; round += 1) {
    await turn();
    globalThis.gc();
  }
  return process.memoryUsage.rss();
}

const service = arvo.createSimpleArvoContract({
  uri: '#/bench/add',
  type: 'bench.add',
  versions: { '1.0.0': { accepts: object, emits: object } },
});
const self = arvo.createArvoOrchestratorContract({
  uri: '#/bench/sum',
  name: 'bench.sum',
  versions: { '1.0.0': { init: object, complete: object } },
});
const isAtRest = state === 'at rest';
const flow = arvo.createArvoResumable({
  contracts: { self, services: { add: service.version('1.0.0') } },
  memory: new arvo.SimpleMachineMemory(),
  defaultEventEmissionDomains: isAtRest ? { services: ['outside'] } : {},
  handler: {
    '1.0.0': async ({ input }) => ({
      context: input.data,
      services: [{ type: 'com.bench.add', data: { a: 1, b: 2 } }],
    }),
  },
});
const busy = arvo.createArvoEventHandler({
  contract: service,
  handler: { '1.0.0': () => new Promise(() => {}) },
});
const { resolve } = arvo.createSimpleEventBroker([flow, busy]);
const factory = arvo.createArvoOrchestratorEventFactory(self.version('1.0.0'));
const data = { ...(load === 'order' ? ORDER.data : { n: 1 }), parentSubject$$: null };
const waiting = [];
async function begin(count) {
  for (let at = 0; at < count; at += 1) {
    const event = factory.init({ source: 'com.bench.client', data });
    if (isAtRest) await flow.execute(event);
    else waiting.push(resolve(event));
  }
  await turn();
}

await begin(WORKFLOWS); // they stay: what is compiled, and what V8 keeps for young objects, has grown by now
const before = await memory();
await begin(WORKFLOWS);
console.log(String((((await memory()) - before) / 1e6).toFixed(1)));
process.exit(isAtRest && flow.memory.size !== 2 * WORKFLOWS ? 1 : 0);
