// Machines that are data alone, under contracts in Zod: what an expression made is judged by the schema itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import * as arvo from '../dist/index.js';

const pay = arvo.createSimpleArvoContract({
  uri: '#/services/pay',
  type: 'order.pay',
  versions: {
    '1.0.0': {
      accepts: z.object({ amount: z.number().max(1000), currency: z.string().default('EUR') }),
      emits: z.object({ paid: z.boolean() }),
    },
  },
});
const order = arvo.createArvoOrchestratorContract({
  uri: '#/flows/order',
  name: 'order',
  versions: { '1.0.0': { init: z.object({ total: z.number() }), complete: z.object({ total: z.number() }) } },
});
const machine = arvo.machineFromJson(
  {
    contract: { uri: '#/flows/order', version: '1.0.0' },
    services: { pay: { uri: '#/services/pay', version: '1.0.0' } },
    machine: {
      id: 'order',
      context: { total: { $: 'input.data.total' } },
      initial: 'paying',
      output: { total: { $: 'context.total' } },
      states: {
        paying: {
          entry: { emit: { type: 'com.order.pay', data: { amount: { $: 'context.total' } } } },
          on: { 'evt.order.pay.success': 'done' },
        },
        done: { type: 'final' },
      },
    },
  },
  [order, pay],
);

async function begun(total) {
  const orchestrator = arvo.createArvoOrchestrator({ machines: [machine], memory: new arvo.SimpleMachineMemory() });
  const factory = arvo.createArvoOrchestratorEventFactory(order.version('1.0.0'));
  const init = factory.init({ source: 'com.shop.web', data: { total, parentSubject$$: null } });
  return { orchestrator, ...(await orchestrator.execute(init)) };
}

test('the events and the output of a machine without functions are judged by their own data', async () => {
  const { orchestrator, events } = await begun(250);
  assert.deepEqual({ ...events[0].data }, { amount: 250, currency: 'EUR' });
  const paid = arvo.createArvoEventFactory(pay.version('1.0.0')).emits({
    type: 'evt.order.pay.success',
    subject: events[0].subject,
    data: { paid: true },
    source: 'com.order.pay',
  });
  const done = await orchestrator.execute(paid);
  assert.deepEqual({ ...done.events[0].data }, { total: 250 });
});

test('a host schema refuses what an expression made', async () => {
  await assert.rejects(begun(2000), arvo.ContractViolation);
});
