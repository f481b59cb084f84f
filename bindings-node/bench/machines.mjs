// The machines that are measured: one in XState's words, for both sides, and one as a file, without any function.

const object = (key) => ({ type: 'object', properties: { [key]: { type: 'number' } }, required: [key] });

/** Asks twice, adds up, ends: three steps. */
export const INLINE = (assign, emit) => {
  const add = assign({ total: ({ context, event }) => context.total + event.data.ok });
  const ask = emit(({ context }) => ({ type: 'com.bench.small', data: { a: context.total, name: 'x' } }));
  return {
    id: 'bench',
    context: { total: 0 },
    initial: 'first',
    states: {
      first: {
        entry: ask,
        on: { 'evt.bench.small.success': { guard: ({ event }) => event.data.ok > 0, target: 'second', actions: add } },
      },
      second: { entry: ask, on: { 'evt.bench.small.success': { target: 'over', actions: add } } },
      over: { type: 'final' },
    },
    output: ({ context }) => ({ total: context.total }),
  };
};

const add = { assign: { total: { $: 'context.total + event.data.ok' } } };
const ask = { emit: { type: 'com.bench.small', data: { a: { $: 'context.total' }, name: 'x' } } };
/** The same as a file holds it. */
const PORTABLE = {
  id: 'bench',
  context: { total: 0 },
  initial: 'first',
  states: {
    first: {
      entry: ask,
      on: { 'evt.bench.small.success': { guard: { $: 'event.data.ok > 0' }, target: 'second', actions: add } },
    },
    second: { entry: ask, on: { 'evt.bench.small.success': { target: 'over', actions: add } } },
    over: { type: 'final' },
  },
  output: { total: { $: 'context.total' } },
};

/** Workflows of both, with the three events of one and its memory. */
export function flowsOf(arvo) {
  const small = arvo.createSimpleArvoContract({
    uri: '#/bench/service',
    type: 'bench.small',
    versions: {
      '1.0.0': {
        accepts: { type: 'object', properties: { a: { type: 'number' }, name: { type: 'string' } } },
        emits: object('ok'),
      },
    },
  });
  const flow = arvo.createArvoOrchestratorContract({
    uri: '#/bench/flow',
    name: 'bench',
    versions: { '1.0.0': { init: object('a'), complete: object('total') } },
  });
  const [self, service] = [flow.version('1.0.0'), small.version('1.0.0')];
  const inline = arvo
    .setupArvoMachine({ contracts: { self, services: { small: service } } })
    .createMachine(INLINE(arvo.assign, arvo.emit));
  const reference = ({ uri, version }) => ({ uri, version });
  const file = { contract: reference(self), services: { small: reference(service) }, machine: PORTABLE };
  const portable = arvo.machineFromJson(file, [flow, small]);
  const init = arvo
    .createArvoOrchestratorEventFactory(self)
    .init({ source: 'com.bench.client', data: { a: 1, parentSubject$$: null } });
  const answer = () =>
    arvo.createArvoEventFactory(service).emits({
      type: 'evt.bench.small.success',
      source: 'com.bench.small',
      subject: init.subject,
      data: { ok: 1 },
    });
  return Object.entries({ inline, portable }).map(([kind, machine]) => {
    const memory = new arvo.SimpleMachineMemory();
    const orchestrator = arvo.createArvoOrchestrator({ machines: [machine], memory });
    return { kind, machine, memory, orchestrator, events: [init, answer(), answer()] };
  });
}
