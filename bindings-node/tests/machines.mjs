// What the tests of machines share: an orchestrator of one machine that asks a service and ends with its answer.

import * as arvo from '../dist/index.js';
import { add, sum } from './flow.mjs';

const { assign, emit } = arvo;

/** The definition; `more` overlays it. */
export const definition = (more = {}) => ({
  id: 'sum',
  context: ({ input }) => ({ a: input.data.a, total: 0 }),
  initial: 'adding',
  states: {
    adding: {
      entry: emit(({ context }) => ({ type: 'com.calc.add', data: { a: context.a } })),
      on: {
        'evt.calc.add.success': { target: 'done', actions: assign({ total: ({ event }) => event.data.sum }) },
        'sys.*': 'done',
      },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => ({ total: context.total }),
  ...more,
});

/** A machine of it; `setup` holds named guards and actions. */
export function machineOf(config = definition(), setup = {}) {
  return arvo
    .setupArvoMachine({ contracts: { self: sum.version('1.0.0'), services: { add: add.version('1.0.0') } }, ...setup })
    .createMachine(config);
}

/** Its orchestrator. */
export function orchestratorOf(machine = machineOf(), memory = new arvo.SimpleMachineMemory(), more = {}) {
  return arvo.createArvoOrchestrator({ machines: [machine].flat(), memory, ...more });
}

/** What one entry of a definition does on the init event: the events, or what was thrown; and the record after it. */
export async function stepOf(config, setup, event, memory = new arvo.SimpleMachineMemory()) {
  const flow = orchestratorOf(machineOf(config, setup), memory);
  try {
    const { events } = await flow.execute(event);
    return { events, record: await memory.read(event.subject) };
  } catch (thrown) {
    return { thrown, record: await memory.read(event.subject) };
  }
}
