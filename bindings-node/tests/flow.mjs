// What the tests of workflows share: a service, a workflow that asks it twice, and memories of a user's own.

import * as arvo from '../dist/index.js';

const object = (properties, required = Object.keys(properties)) => ({ type: 'object', properties, required });
const number = { type: 'number' };

export const add = arvo.createSimpleArvoContract({
  uri: '#/services/add',
  type: 'calc.add',
  versions: { '1.0.0': { accepts: object({ a: number }), emits: object({ sum: number }) } },
});
export const sum = arvo.createArvoOrchestratorContract({
  uri: '#/flows/sum',
  name: 'sum',
  versions: { '1.0.0': { init: object({ a: number }), complete: object({ total: number }) } },
});

export const adder = arvo.createArvoEventHandler({
  contract: add,
  handler: { '1.0.0': async ({ event }) => ({ type: 'evt.calc.add.success', data: { sum: event.data.a + 1 } }) },
});

/** Asks twice, then ends. */
export const twice = async ({ input, service, context }) => {
  if (input) return { context: { asked: 1 }, services: [{ type: 'com.calc.add', data: { a: input.data.a } }] };
  if (context.asked === 1)
    return { context: { asked: 2 }, services: [{ type: 'com.calc.add', data: { a: service.data.sum } }] };
  return { output: { total: service.data.sum } };
};

/** The workflow, with its lock. */
export function flowOf(call = twice, memory = new arvo.SimpleMachineMemory(), more = {}) {
  return arvo.createArvoResumable({
    contracts: { self: sum, services: { add: add.version('1.0.0') } },
    memory,
    requiresResourceLocking: true,
    handler: { '1.0.0': call },
    ...more,
  });
}

/** The event that begins one. */
export function init(a = 1, source = 'com.shop.web') {
  return arvo
    .createArvoOrchestratorEventFactory(sum.version('1.0.0'))
    .init({ source, data: { a, parentSubject$$: null } });
}

/** A memory that a user might write: a map, and a lock that can be left out. */
export class OwnMemory {
  records = new Map();
  locks = new Set();
  read(id) {
    return this.records.get(id) ?? null;
  }
  write(id, record, previous) {
    if ((this.records.get(id) ?? null)?.events?.consumed?.id !== previous?.events?.consumed?.id)
      throw new Error('somebody else wrote first');
    this.records.set(id, record);
  }
  lock(id) {
    return !this.locks.has(id) && this.locks.add(id) && true;
  }
  unlock(id) {
    return this.locks.delete(id);
  }
}
