// Workflows of two calls through a store on disk: one worker with functions of this process, five executions for each
// workflow, the client in the same process. `node bench/workers.mjs`, or as part `workers` of `run.mjs`.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as arvo from '../dist/index.js';
import { median } from './measure.mjs';
import { FLOW, FLOW_JSON, SERVICE, SERVICE_JSON } from './workflows.mjs';

const WORKFLOWS = 3_000;
const ALONE = 300;
const ROUNDS = 3;

/** The workflow, its service, and a function that makes events to begin it with. */
function sideOf(serviceSchemas, flowSchemas) {
  const service = arvo.createSimpleArvoContract({
    uri: '#/bench/add',
    type: 'bench.add',
    versions: { '1.0.0': serviceSchemas },
  });
  const self = arvo.createArvoOrchestratorContract({
    uri: '#/bench/sum',
    name: 'bench.sum',
    versions: { '1.0.0': flowSchemas },
  });
  const ask = (tries) => ({ context: { tries }, services: [{ type: 'com.bench.add', data: { a: tries, b: 2 } }] });
  const flow = arvo.createArvoResumable({
    contracts: { self, services: { add: service.version('1.0.0') } },
    handler: {
      '1.0.0': async ({ input, service: answer, context }) => {
        if (input) return ask(1);
        return context.tries === 1 ? ask(2) : { output: { total: answer.data.sum } };
      },
    },
  });
  const add = arvo.createArvoEventHandler({
    contract: service,
    handler: {
      '1.0.0': async ({ event }) => ({ type: 'evt.bench.add.success', data: { sum: event.data.a + event.data.b } }),
    },
  });
  const factory = arvo.createArvoOrchestratorEventFactory(self.version('1.0.0'));
  const init = () => factory.init({ source: 'com.bench.client', data: { n: 1, parentSubject$$: null } });
  return { handlers: [flow, add], init };
}

/** Workflows a second with so many in flight, and the milliseconds that each took from publish to answer. */
async function measured(url, { handlers, init }, count, inFlight) {
  const store = await arvo.openStore(url);
  const worker = new arvo.Worker(store, handlers, { signals: false });
  const ended = worker.run();
  const events = Array.from({ length: count }, init);
  const took = [];
  const began = performance.now();
  const client = async () => {
    for (let event = events.pop(); event !== undefined; event = events.pop()) {
      const from = performance.now();
      const answer = await store.wait(await store.publish(event));
      if (answer?.type !== 'arvo.orc.bench.sum.done') throw new Error(`it ended with ${answer?.type}`);
      took.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  const perSecond = (count * 1000) / (performance.now() - began);
  worker.stop();
  await ended;
  await store.close();
  return { perSecond, p50: median(took) };
}

export async function measureWorkers(tell) {
  const sides = { 'JSON Schema': sideOf(SERVICE_JSON, FLOW_JSON), Zod: sideOf(SERVICE, FLOW) };
  for (const synchronous of ['full', 'normal'])
    for (const [kind, side] of Object.entries(sides)) {
      const rounds = { 1: [], 100: [] };
      for (let round = 0; round < ROUNDS; round += 1)
        for (const [inFlight, count] of [
          [100, WORKFLOWS],
          [1, ALONE],
        ]) {
          const folder = mkdtempSync(join(tmpdir(), 'arvo-bench-'));
          const url = `sqlite:${join(folder, 'store.db')}?synchronous=${synchronous}`;
          rounds[inFlight].push(await measured(url, side, count, inFlight));
          rmSync(folder, { recursive: true, force: true });
        }
      const perSecond = median(rounds[100].map((each) => each.perSecond));
      const p50 = median(rounds[1].map((each) => each.p50));
      const each = 1000 / perSecond;
      tell(
        `durable workflows, synchronous=${synchronous}, ${kind}: ${perSecond.toFixed(0)} a second with 100 in flight, ${each.toFixed(2)} ms each`,
        synchronous === 'full' ? { found: each, wanted: 0.67 } : undefined,
      );
      tell(`one at a time: median ${p50.toFixed(1)} ms`);
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measureWorkers((text) => console.log(text));
