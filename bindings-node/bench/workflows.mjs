// What the steps of workflows are measured with: one that asks a service and is begun, gone on with, or ended.

import { z } from 'zod';

const number = z.number();
export const SERVICE = { accepts: z.object({ a: number, b: number }), emits: z.object({ sum: number }) };
export const FLOW = { init: z.object({ n: number }), complete: z.object({ total: number }) };

/** The same as JSON Schema. */
const object = (...names) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'number' }])),
  required: names,
});
export const SERVICE_JSON = { accepts: object('a', 'b'), emits: object('sum') };
export const FLOW_JSON = { init: object('n'), complete: object('total') };

/** On one side: a function for the first step, one for the first two, one for all three, over the same events. */
export async function stepsOf(api, serviceSchemas, flowSchemas) {
  const service = api.createSimpleArvoContract({
    uri: '#/bench/add',
    type: 'bench.add',
    versions: { '1.0.0': serviceSchemas },
  });
  const self = api.createArvoOrchestratorContract({
    uri: '#/bench/sum',
    name: 'bench.sum',
    versions: { '1.0.0': flowSchemas },
  });
  const memory = new api.SimpleMachineMemory();
  const ask = (tries) => ({ context: { tries }, services: [{ type: 'com.bench.add', data: { a: tries, b: 2 } }] });
  const flow = api.createArvoResumable({
    contracts: { self, services: { add: service.version('1.0.0') } },
    memory,
    handler: {
      '1.0.0': async ({ input, service: answer, context }) => {
        if (input) return ask(1);
        return context.tries === 1 ? ask(2) : { output: { total: answer.data.sum } };
      },
    },
  });
  const answers = api.createArvoEventFactory(service.version('1.0.0'));
  const init = api
    .createArvoOrchestratorEventFactory(self.version('1.0.0'))
    .init({ source: 'com.bench.client', data: { n: 1, parentSubject$$: null } });
  const events = [init];
  for (const sum of [3, 4]) {
    const [{ id, subject }] = (await flow.execute(events.at(-1))).events;
    const answer = { source: 'com.bench.add', to: flow.source, subject, parentid: id };
    events.push(answers.emits({ ...answer, type: 'evt.bench.add.success', data: { sum } }));
  }
  return [1, 2, 3].map((steps) => async () => {
    memory.clear();
    let emitted;
    for (const event of events.slice(0, steps)) emitted = (await flow.execute(event)).events[0].data;
    return emitted;
  });
}
