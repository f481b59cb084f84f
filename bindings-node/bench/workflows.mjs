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

/** The three steps on one side; each is prepared with workflows that stand before it. */
export function stepsOf(api, serviceSchemas, flowSchemas) {
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
  const answers = api.createArvoEventFactory(service.version('1.0.0'));
  const inits = api.createArvoOrchestratorEventFactory(self.version('1.0.0'));
  const memory = new api.SimpleMachineMemory();
  const flowOf = (call) =>
    api.createArvoResumable({
      contracts: { self, services: { add: service.version('1.0.0') } },
      memory,
      handler: { '1.0.0': call },
    });
  const ask = { context: { tries: 1 }, services: [{ type: 'com.bench.add', data: { a: 1, b: 2 } }] };
  const asking = flowOf(async () => ask);
  const ending = flowOf(async ({ service: { data } }) => ({ output: { total: data.sum } }));

  const begun = (count) => {
    memory.clear();
    return Array.from({ length: count }, () =>
      inits.init({ source: 'com.bench.client', data: { n: 1, parentSubject$$: null } }),
    );
  };
  const answered = async (count) => {
    const waiting = [];
    for (const event of begun(count)) {
      const [{ id, subject }] = (await asking.execute(event)).events;
      const answer = { source: 'com.bench.add', to: asking.source, subject, parentid: id };
      waiting.push(answers.emits({ ...answer, type: 'evt.bench.add.success', data: { sum: 3 } }));
    }
    return waiting;
  };
  const step = (flow) => async (event) => (await flow.execute(event)).events[0].data;
  return {
    init: { prepare: begun, call: step(asking) },
    resume: { prepare: answered, call: step(asking) },
    completion: { prepare: answered, call: step(ending) },
  };
}
