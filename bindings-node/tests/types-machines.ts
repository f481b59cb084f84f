// What the compiler infers for machines, with this package's creators and with XState's own, and what it must refuse.
// It is checked, never run.

import {
  type ArvoMachine,
  and,
  assign,
  createArvoOrchestrator,
  createArvoOrchestratorContract,
  createSimpleArvoContract,
  emit,
  enqueueActions,
  type IArvoEventHandler,
  not,
  raise,
  SimpleMachineMemory,
  setupArvoMachine,
} from 'arvo';
import * as xstate from 'xstate';
import { z } from 'zod';

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_T extends true>() => undefined;

const pay = createSimpleArvoContract({
  uri: '#/services/pay',
  type: 'order.pay',
  versions: { '1.0.0': { accepts: z.object({ id: z.string() }), emits: z.object({ paid: z.number() }) } },
});
const flow = createArvoOrchestratorContract({
  uri: '#/flows/order',
  name: 'order',
  versions: { '1.0.0': { init: z.object({ id: z.string() }), complete: z.object({ total: z.number() }) } },
});

const setup = setupArvoMachine({
  contracts: { self: flow.version('1.0.0'), services: { pay: pay.version('1.0.0') } },
  types: { context: {} as { id: string; total: number }, events: {} as { type: 'again'; times: number } },
  guards: {
    rich: ({ context }) => context.total > 100,
    over: ({ context }, params: { limit: number }) => context.total > params.limit,
  },
  actions: {
    note: ({ event }, params: { text: string }) => console.log(event.type, params.text),
    keep: assign({ total: ({ context, event }) => context.total + (event.type === 'again' ? event.times : 0) }),
    other: xstate.assign({ total: 1 }),
  },
});

const machine = setup.createMachine({
  id: 'order',
  version: '1.0.0',
  context: ({ input }) => {
    same<Same<typeof input.data.id, string>>();
    same<Same<typeof input.type, 'arvo.orc.order'>>();
    return { id: input.data.id, total: 0 };
  },
  initial: 'paying',
  states: {
    paying: {
      entry: [
        emit(({ context }) => ({ type: 'com.order.pay', data: { id: context.id } })),
        xstate.emit(({ context }) => ({ type: 'com.order.pay' as const, data: { id: context.id } })),
        { type: 'note', params: { text: 'paying' } },
        { type: 'enqueueArvoEvent', params: ({ context }) => ({ type: 'com.order.pay', data: { id: context.id } }) },
        raise({ type: 'again', times: 1 }),
        'keep',
      ],
      on: {
        'evt.order.pay.success': [
          {
            guard: ({ event }) => event.data.paid > 0,
            target: 'done',
            actions: [
              assign({
                total: ({ event }) => {
                  same<Same<typeof event.data.paid, number>>();
                  return event.data.paid;
                },
              }),
              assign(({ context, event }) => ({ total: context.total + event.data.paid })),
              xstate.assign({ total: ({ context, event }) => context.total + event.data.paid }),
            ],
          },
          { guard: and(['rich', not(({ context }) => context.total > 5)]), target: 'done' },
          { guard: xstate.and(['rich', xstate.not('rich')]), target: 'done' },
          { guard: { type: 'over', params: { limit: 5 } }, target: 'done' },
        ],
        'sys.com.order.pay.error': { actions: [({ event }) => event.data.errorMessage.length] },
        again: { actions: assign({ total: ({ event }) => event.times }) },
        'sys.*': 'done',
        '*': {
          actions: enqueueActions(({ enqueue, check, context }) => {
            if (check('rich')) enqueue.assign({ total: context.total });
          }),
        },
      },
    },
    done: { type: 'final' },
  },
  output: ({ context }) => ({ total: context.total, __domain: ['analytics'] }),
});

same<Same<typeof machine.version, '1.0.0'>>();
same<Same<typeof machine.source, 'arvo.orc.order'>>();
createArvoOrchestrator({ machines: [machine], memory: new SimpleMachineMemory() }) satisfies IArvoEventHandler;

const context = { id: 'o1', total: 0 };
// A value that is assigned may be one of several that its field holds.
const asked = setupArvoMachine({
  contracts: { self: flow.version('1.0.0'), services: { pay: pay.version('1.0.0') } },
  types: { context: {} as { answer: string | null; kind: 'open' | 'shut' | null; total: number } },
  actions: { shut: assign({ kind: 'shut' }), clear: assign({ answer: null, kind: null }) },
});
asked.createMachine({
  id: 'asked',
  context: { answer: null, kind: null, total: 0 },
  entry: assign({ kind: 'open' }),
  on: {
    'evt.order.pay.success': {
      actions: [
        'shut',
        assign({ answer: 'yes', total: ({ event }) => event.data.paid }),
        assign(() => ({ answer: null })),
      ],
    },
  },
});
// Params that an implementation can do without may be left out.
const patient = setupArvoMachine({
  contracts: { self: flow.version('1.0.0'), services: { pay: pay.version('1.0.0') } },
  types: { context: {} as { total: number } },
  guards: { many: ({ context }, limit?: number) => context.total > (limit ?? 10) },
  actions: { add: assign({ total: ({ context }, by?: number) => context.total + (by ?? 1) }) },
});
patient.createMachine({
  id: 'patient',
  context: { total: 0 },
  entry: ['add', { type: 'add' }, { type: 'add', params: 2 }],
  always: [{ guard: 'many' }, { guard: { type: 'many', params: ({ context }) => context.total } }],
});
// @ts-expect-error it adds numbers
patient.createMachine({ id: 'patient', context: { total: 0 }, entry: { type: 'add', params: 'two' } });
// @ts-expect-error it is open or shut
asked.createMachine({ id: 'asked', context: { answer: null, kind: null, total: 0 }, entry: assign({ kind: 'ajar' }) });
// @ts-expect-error the context has no such field
asked.createMachine({ id: 'asked', context: { answer: null, kind: null, total: 0 }, entry: assign({ sort: 'open' }) });

// @ts-expect-error a machine has an id
setup.createMachine({ context, initial: 'a', states: { a: {} } });
// @ts-expect-error its version is its contract's
setup.createMachine({ id: 'm', version: '2.0.0', context, initial: 'a', states: { a: {} } });
// @ts-expect-error nobody sends such an event
setup.createMachine({ id: 'm', context, initial: 'a', states: { a: { on: { 'evt.order.pay.failure': 'a' } } } });
// @ts-expect-error no guard has that name
setup.createMachine({ id: 'm', context, initial: 'a', states: { a: { always: { guard: 'ritch', target: 'a' } } } });
// @ts-expect-error no action has that name
setup.createMachine({ id: 'm', context, initial: 'a', states: { a: { entry: 'notes' } } });
// @ts-expect-error the named action has other params
setup.createMachine({ id: 'm', context, initial: 'a', states: { a: { entry: { type: 'note', params: { txt: 1 } } } } });
// @ts-expect-error no service accepts such an event
setup.createMachine({ id: 'm', context, entry: emit({ type: 'com.order.pays', data: { id: 'o1' } }) });
// @ts-expect-error the service accepts other data
setup.createMachine({ id: 'm', context, entry: emit({ type: 'com.order.pay', data: { id: 1 } }) });
// @ts-expect-error the contract ends with a number
setup.createMachine({ id: 'm', context, initial: 'a', states: { a: {} }, output: { total: 'all' } });
// @ts-expect-error machines have no actors
setup.createMachine({ id: 'm', context, initial: 'a', states: { a: { invoke: { src: 'x' } } } });
// @ts-expect-error the context has other fields
setup.createMachine({ id: 'm', context: { id: 'o1' }, initial: 'a', states: { a: {} } });
// @ts-expect-error a machine is synchronous: there is nobody to send to
setup.createMachine({ id: 'm', context, entry: ({ self }) => self.send({ type: 'x' }) });

const contracts = { self: flow.version('1.0.0'), services: { pay: pay.version('1.0.0') } };
const types = { context: {} as { total: number } };
// @ts-expect-error the context holds no such thing
setupArvoMachine({ contracts, types, guards: { poor: ({ context }) => context.cents < 100 } });
// @ts-expect-error a total is a number
setupArvoMachine({ contracts, types, actions: { lose: assign({ total: () => 'nothing' }) } });
// @ts-expect-error no such service
setupArvoMachine({ contracts, types }).createMachine({ id: 'm', on: { 'com.other.event': '.a' } });

// The reference's five arguments: id, version, own contract, services, logic.
export const some: ArvoMachine<any, any, any, any, any> = machine;
same<Same<typeof machine.version, '1.0.0'>>();
same<Same<typeof machine.contracts.self.accepts.type, 'arvo.orc.order'>>();
createArvoOrchestrator({ machines: [some, ...createArvoOrchestrator({ machines: [machine] }).registry.machines] });
