// What the compiler must accept, and with `@ts-expect-error` what it must refuse. It is checked, never run.

import {
  type AbstractArvoEventHandler,
  type ArvoContract,
  ArvoDomain,
  type ArvoEvent,
  type ArvoEventHandlerOpenTelemetryOptions,
  ArvoExecutionSpanKind,
  type ArvoOrchestratorContract,
  type ArvoResumable,
  type ArvoResumableHandler,
  type ArvoResumableState,
  type ArvoSemanticVersion,
  createArvoContract,
  createArvoEvent,
  createArvoEventFactory,
  createArvoEventHandler,
  createArvoOrchestratorContract,
  createArvoOrchestratorEventFactory,
  createArvoResumable,
  createSimpleArvoContract,
  createSimpleEventBroker,
  type IArvoOrchestrator,
  type IMachineMemory,
  type InferVersionedArvoContract,
  jsonSchema,
  type MachineMemory,
  type OpenInference,
  OpenInferenceSpanKind,
  type ResolveArvoContractRecord,
  SimpleMachineMemory,
  type VersionedArvoContract,
} from 'arvo';
import { z } from 'zod';
import { z as z4 } from 'zod/v4';

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_T extends true>() => undefined;

const contract = createArvoContract({
  uri: '#/orders/place',
  type: 'com.order.place',
  versions: {
    '1.0.0': {
      accepts: z.object({ item: z.string(), count: z.number().default(1) }),
      emits: {
        'evt.order.placed': z.object({ order: z.string() }),
        'evt.order.refused': z.object({ reason: z.string() }),
      },
    },
    '2.0.0': {
      accepts: z4.object({ items: z4.array(z4.string()) }),
      emits: { 'evt.order.placed': jsonSchema<{ orders: string[] }>({ type: 'object' }) },
    },
  },
});

same<Same<typeof contract.uri, '#/orders/place'>>();
same<Same<typeof contract.type, 'com.order.place'>>();
const one = contract.version('1.0.0');
same<Same<typeof one.dataschema, '#/orders/place/1.0.0'>>();
same<Same<typeof one.version, '1.0.0'>>();
same<Same<typeof one.systemError.type, 'sys.com.order.place.error'>>();
contract.version('latest') satisfies VersionedArvoContract<any, any>;
// @ts-expect-error the contract has no such version
contract.version('3.0.0');

// Handlers: the data of each version, and what it may emit.
createArvoEventHandler({
  contract,
  executionunits: 0,
  handler: {
    '1.0.0': async ({ event, contract: version, source, domain }) => {
      same<Same<typeof event.data, { item: string; count: number }>>();
      same<Same<typeof event.type, 'com.order.place'>>();
      same<Same<typeof source, 'com.order.place'>>();
      same<Same<typeof domain, { self: string | null; event: string | null }>>();
      same<Same<typeof version.version, '1.0.0'>>();
      // @ts-expect-error the data has no such member
      event.data.missing;
      if (event.data.count > 3) return { type: 'evt.order.refused', data: { reason: 'too many' } };
      return { type: 'evt.order.placed', data: { order: event.id }, domain: [ArvoDomain.LOCAL, 'human.review'] };
    },
    '2.0.0': ({ event }) =>
      event.data.items.map((item) => ({ type: 'evt.order.placed' as const, data: { orders: [item] } })),
  },
});

createArvoEventHandler({
  contract,
  executionunits: 0,
  // @ts-expect-error version 2.0.0 has no function
  handler: { '1.0.0': async () => {} },
});

createArvoEventHandler({
  contract,
  executionunits: 0,
  handler: {
    // @ts-expect-error version 1.0.0 does not emit this type
    '1.0.0': async () => ({ type: 'evt.order.other', data: { order: 'x' } }),
    '2.0.0': async () => {},
  },
});

createArvoEventHandler({
  contract,
  executionunits: 0,
  handler: {
    // @ts-expect-error the data is that of the other type
    '1.0.0': async () => ({ type: 'evt.order.placed', data: { reason: 'x' } }),
    '2.0.0': async () => {},
  },
});

createArvoEventHandler({
  contract,
  executionunits: 0,
  handler: {
    '1.0.0': async () => {},
    // @ts-expect-error orders are texts
    '2.0.0': async () => ({ type: 'evt.order.placed', data: { orders: [1] } }),
  },
});

// Factories: defaults may be left out of what goes in, and are there in what comes out.
const factory = createArvoEventFactory(one);
const event = factory.accepts({ source: 'com.shop.web', data: { item: 'tea' } });
same<Same<typeof event.data, { item: string; count: number }>>();
same<Same<typeof event.type, 'com.order.place'>>();
// @ts-expect-error the item is a text
factory.accepts({ source: 'com.shop.web', data: { item: 7 } });
// @ts-expect-error an event has a source
factory.accepts({ data: { item: 'tea' } });
// @ts-expect-error the type is the contract's to set
factory.accepts({ source: 'com.shop.web', type: 'com.other.type', data: { item: 'tea' } });
const refused = factory.emits({ source: 'com.order.place', type: 'evt.order.refused', data: { reason: 'none left' } });
same<Same<typeof refused.data, { reason: string }>>();
// @ts-expect-error the contract does not emit this type
factory.emits({ source: 'com.order.place', type: 'evt.order.other', data: {} });
// @ts-expect-error the data is that of the other type
factory.emits({ source: 'com.order.place', type: 'evt.order.placed', data: { reason: 'x' } });
// @ts-expect-error an error is wanted
factory.systemError({ source: 'com.order.place' });
// @ts-expect-error a plain factory begins no workflow
factory.init({ source: 'com.shop.web', data: {} });

// Simple and orchestrator contracts: their types follow from the name.
const simple = createSimpleArvoContract({
  uri: '#/greet',
  type: 'greet.user',
  versions: { '1.0.0': { accepts: z.object({ name: z.string() }), emits: z.object({ text: z.string() }) } },
});
same<Same<typeof simple.type, 'com.greet.user'>>();
same<Same<typeof simple.metadata.rootType, 'greet.user'>>();
createArvoEventHandler({
  contract: simple,
  executionunits: 0,
  handler: {
    '1.0.0': async ({ event }) => ({ type: 'evt.greet.user.success', data: { text: event.data.name } }),
  },
});

const flow = createArvoOrchestratorContract({
  uri: '#/flows/order',
  name: 'order',
  versions: { '1.0.0': { init: z.object({ item: z.string() }), complete: z.object({ total: z.number() }) } },
});
same<Same<typeof flow.type, 'arvo.orc.order'>>();
same<Same<typeof flow.metadata.completeEventType, 'arvo.orc.order.done'>>();
const workflows = createArvoOrchestratorEventFactory(flow.version('1.0.0'));
const begun = workflows.init({ source: 'com.shop.web', data: { parentSubject$$: null, item: 'tea' } });
begun.data.item satisfies string;
begun.data.parentSubject$$ satisfies string | null;
// @ts-expect-error whether there is a parent must be said
workflows.init({ source: 'com.shop.web', data: { item: 'tea' } });
workflows.complete({ source: 'arvo.orc.order', data: { total: 1 } }).data.total satisfies number;
// @ts-expect-error the total is a number
workflows.complete({ source: 'arvo.orc.order', data: { total: '1' } });

// Events: read-only, generic in data, extensions and type.
const made = createArvoEvent({ source: 'a', type: 'com.a.b', subject: 's', data: { n: 1 } }, { tenant: 'acme' });
same<Same<typeof made.type, 'com.a.b'>>();
same<Same<typeof made.data, { n: number }>>();
made.extensions.tenant satisfies string;
made satisfies ArvoEvent;
// @ts-expect-error an event never changes
made.id = 'x';
// @ts-expect-error data is an object
createArvoEvent({ source: 'a', type: 'com.a.b', subject: 's', data: 'text' });
// @ts-expect-error an extension is a text, number, boolean or null
createArvoEvent({ source: 'a', type: 'com.a.b', subject: 's', data: {} }, { nested: {} });
// @ts-expect-error an event has a subject
createArvoEvent({ source: 'a', type: 'com.a.b', data: {} });

// Workflows: what begins them, what comes back, what may be sent.
const sumContract = createSimpleArvoContract({
  uri: '#/sum',
  type: 'calc.sum',
  versions: { '1.0.0': { accepts: z.object({ a: z.number() }), emits: z.object({ sum: z.number() }) } },
});
const flowContract = createArvoOrchestratorContract({
  uri: '#/flow',
  name: 'flow',
  versions: { '1.0.0': { init: z.object({ n: z.number() }), complete: z.object({ total: z.number() }) } },
});
const parts = {
  contracts: { self: flowContract, services: { sum: sumContract.version('1.0.0'), other: one } },
  memory: new SimpleMachineMemory(),
};
const workflow = createArvoResumable({
  ...parts,
  types: { context: {} as { tries: number } },
  handler: {
    '1.0.0': async ({ context, input, service, collectedEvents, contracts, domain }) => {
      same<Same<typeof context, { tries: number } | null>>();
      same<Same<typeof domain, { self: string | null; event: string | null }>>();
      same<Same<typeof contracts.self.version, '1.0.0'>>();
      if (input) {
        input.data satisfies { n: number; parentSubject$$: string | null };
        // @ts-expect-error the data has no such member
        input.data.missing;
        same<Same<typeof input.type, 'arvo.orc.flow'>>();
        return { context: { tries: 1 }, services: [{ type: sumContract.type, data: { a: input.data.n } }] };
      }
      if (service?.type === 'evt.calc.sum.success') same<Same<typeof service.data, { sum: number }>>();
      if (service?.type === 'sys.com.calc.sum.error') same<Same<typeof service.data.errorMessage, string>>();
      if (service?.type === 'evt.order.refused') same<Same<typeof service.data, { reason: string }>>();
      const sums = collectedEvents['evt.calc.sum.success'] ?? [];
      return { output: { total: sums.reduce((total, { data }) => total + data.sum, 0), __executionunits: 2 } };
    },
  },
});
same<Same<typeof workflow.source, 'arvo.orc.flow'>>();
// @ts-expect-error version 1.0.0 has no function
createArvoResumable({ ...parts, handler: {} });
createArvoResumable({
  ...parts,
  handler: {
    // @ts-expect-error no service accepts this type
    '1.0.0': async () => ({ services: [{ type: 'com.calc.mul', data: { a: 1 } }] }),
  },
});
createArvoResumable({
  ...parts,
  handler: {
    // @ts-expect-error the output is another one
    '1.0.0': async () => ({ output: { sum: 1 } }),
  },
});
const ownMemory: MachineMemory<{ subject: string }> = {
  read: () => null,
  write: async (_id, record) => void record.subject,
  lock: async () => true,
  unlock: () => true,
};
createArvoResumable({ ...parts, memory: ownMemory, handler: { '1.0.0': () => {} } });
const { broker, resolve } = createSimpleEventBroker([workflow], {
  onError: (error, event) => [error.message, event.type],
  onDomainedEvents: async ({ domain, event, broker: within }) => {
    same<Same<typeof domain, string>>();
    await within.publish(event);
  },
});
same<Same<ReturnType<typeof resolve>, Promise<ArvoEvent<any, any, any> | null>>>();
same<Same<typeof broker.topics, string[]>>();

// Texts in what a function returns are those that the contracts want, without `as const`; and are refused otherwise.
const rate = createSimpleArvoContract({
  uri: '#/rate',
  type: 'rate.it',
  versions: {
    '1.0.0': {
      accepts: z.object({ by: z.enum(['guest', 'owner']) }),
      emits: z4.object({ is: z4.enum(['good', 'bad']) }),
    },
  },
});
const survey = createArvoOrchestratorContract({
  uri: '#/survey',
  name: 'survey',
  versions: { '1.0.0': { init: z.object({}), complete: z.object({ end: z.enum(['yes', 'no']) }) } },
});
const asking = {
  contracts: { self: survey, services: { rate: rate.version('1.0.0'), greet: simple.version('1.0.0') } },
};
createArvoEventHandler({
  contract: rate,
  handler: { '1.0.0': async ({ event }) => ({ type: 'evt.rate.it.success', data: { is: event.id ? 'good' : 'bad' } }) },
});
createArvoEventHandler({
  contract: rate,
  // @ts-expect-error it is good or bad
  handler: { '1.0.0': async (_) => ({ type: 'evt.rate.it.success', data: { is: 'so so' } }) },
});
createArvoResumable({
  ...asking,
  types: { context: {} as { asked: 'once' | 'twice' } },
  handler: {
    '1.0.0': async ({ input, service, context }) => {
      if (input) return { context: { asked: 'once' }, services: [{ type: 'com.rate.it', data: { by: 'guest' } }] };
      if (service?.type === 'evt.rate.it.success' && context?.asked === 'once') {
        same<Same<typeof service.data, { is: 'good' | 'bad' }>>();
        return { context: { asked: 'twice' }, services: [{ type: 'com.rate.it', data: { by: 'owner' } }] };
      }
      return { output: { end: 'yes' } };
    },
  },
});
createArvoResumable({
  ...asking,
  handler: {
    // @ts-expect-error it is asked by a guest or an owner
    '1.0.0': async (_) => ({ services: [{ type: 'com.rate.it', data: { by: 'nobody' } }] }),
  },
});
createArvoResumable({
  ...asking,
  handler: {
    // @ts-expect-error no service takes this type
    '1.0.0': async (_) => ({ services: [{ type: 'com.rate.them', data: { by: 'guest' } }] }),
  },
});
createArvoResumable({
  ...asking,
  handler: {
    // @ts-expect-error it ends with yes or no
    '1.0.0': async (_) => ({ output: { end: 'perhaps' } }),
  },
});
createArvoResumable({
  ...asking,
  handler: { '1.0.0': () => ({ services: [{ type: 'com.greet.user', data: { name: 'Ada' } }] }) },
});

// The types of a version's events, by the reference's names; a workflow of whatever contracts.
type OfRate = InferVersionedArvoContract<VersionedArvoContract<typeof rate, '1.0.0'>>;
same<Same<OfRate['accepts']['data'], { by: 'guest' | 'owner' }>>();
same<Same<OfRate['emits']['evt.rate.it.success']['data'], { is: 'good' | 'bad' }>>();
same<Same<OfRate['emitList'][number]['type'], 'evt.rate.it.success'>>();
same<
  Same<ResolveArvoContractRecord<VersionedArvoContract<typeof rate, '1.0.0'>['accepts']>, { by: 'guest' | 'owner' }>
>();
export const anyWorkflow: ArvoResumable = workflow;

// A handler of the user's own, as programs written for the reference have it: without a domain, its options required.
class Own implements AbstractArvoEventHandler {
  source = 'com.own.do';
  async execute(event: ArvoEvent, options: ArvoEventHandlerOpenTelemetryOptions) {
    return { events: options.inheritFrom === undefined ? [] : [event] };
  }
}
createSimpleEventBroker([new Own()]);

// A workflow's record has a type: in memories that are given one, and where a function reads its own.
export class Shelf implements MachineMemory<ArvoResumableState<{ count: number }>> {
  readonly #kept = new Map<string, ArvoResumableState<{ count: number }>>();
  read = (id: string) => this.#kept.get(id) ?? null;
  write = (id: string, data: ArvoResumableState<{ count: number }>) => void this.#kept.set(id, data);
  lock = () => true;
  unlock = () => true;
}
createArvoResumable({
  ...asking,
  memory: new Shelf(),
  handler: {
    '1.0.0': async ({ metadata }) => {
      const parent: string | null | undefined = metadata?.parentSubject;
      const sent: string[] | undefined = metadata?.events.produced.map(({ type }) => type);
      // @ts-expect-error the context is given by itself
      return { output: { end: parent === null && sent?.length === metadata?.state$$ ? 'yes' : 'no' } };
    },
  },
});
// A memory around another one, as programs written for the reference have it.
export class Around implements IMachineMemory<Record<string, any>> {
  constructor(readonly inner: IMachineMemory<Record<string, any>>) {}
  read = (id: string): Promise<Record<string, any> | null> => this.inner.read(id);
  write = (id: string, data: Record<string, any>, previous: Record<string, any> | null): Promise<void> =>
    this.inner.write(id, data, previous);
  lock = (id: string): Promise<boolean> => this.inner.lock(id);
  unlock = (id: string): Promise<boolean> => this.inner.unlock(id);
}
createArvoResumable({
  ...asking,
  memory: new Around(new SimpleMachineMemory()),
  handler: { '1.0.0': async ({ input }) => ({ output: { end: input === null ? 'yes' : 'no' } }) },
});
const apart: ArvoResumableHandler<
  ArvoResumableState<{ count: number }>,
  typeof survey,
  typeof asking.contracts.services
> = {
  '1.0.0': async ({ context }) => {
    same<Same<typeof context, { count: number } | null>>();
    return { context: { count: 1 }, services: [{ type: 'com.rate.it', data: { by: 'guest' } }] };
  },
};
const written: ArvoResumableHandler<{ count: number }, typeof survey, typeof asking.contracts.services> = apart;
createArvoResumable({ ...asking, types: { context: {} as { count: number } }, handler: written });
export const wired: IArvoOrchestrator = { machines: [] };

// The init schema of an orchestrator contract is an object of Zod's where the given one is.
const game = createArvoOrchestratorContract({
  uri: '#/game',
  name: 'game',
  versions: {
    '1.0.0': { init: z.object({ of: z.string() }).passthrough(), complete: z.object({ won: z.boolean().nullable() }) },
    '2.0.0': { init: z4.object({ of: z4.string() }), complete: z4.object({ won: z4.boolean() }) },
    '3.0.0': { init: z.object({ parentSubject$$: z.string().optional() }), complete: z.object({}) },
  },
});
const begin = game.version('1.0.0').accepts.schema;
same<Same<z.infer<typeof begin>['parentSubject$$'], string | null>>();
begin.shape.of.parse('chess') satisfies string;
begin.partial().safeParse({}).success satisfies boolean;
const begin4 = game.versions['2.0.0'].accepts;
same<Same<z4.infer<typeof begin4>, { of: string; parentSubject$$: string | null }>>();
begin4.shape.of.parse('chess') satisfies string;
game.versions['3.0.0'].accepts.parse({}).parentSubject$$ satisfies string | undefined;
// @ts-expect-error a game is of something
begin.shape.by;
// Metadata that nobody gave may be asked for; what the contract gives itself is known.
same<Same<typeof game.metadata.team, any>>();
same<Same<typeof game.metadata.completeEventType, 'arvo.orc.game.done'>>();

// Contracts that a function does not know, or knows in part, as its type parameters say.
export const endingOf = <T extends ArvoOrchestratorContract<any, any>>(contract: T, version: ArvoSemanticVersion) => {
  const known = contract.version(version);
  return z.array(known.emits[known.metadata.completeEventType]);
};
export const schemaOf = (contract: ArvoContract): z.ZodTypeAny => contract.version('1.0.0').accepts.schema;
const makeTool = <TName extends string, TVersions extends Record<ArvoSemanticVersion, ToolSpec>>(
  name: TName,
  versions: TVersions,
) => createArvoContract({ uri: `#/tools/${name}` as const, type: `com.tool.${name}` as const, versions });
type ToolSpec = { accepts: z.AnyZodObject; emits: Record<string, z.AnyZodObject> };
const add = makeTool('add', {
  '1.0.0': { accepts: z.object({ all: z.number().array() }), emits: { 'evt.tool.add': z.object({ sum: z.number() }) } },
});
createArvoEventHandler({
  contract: add,
  handler: {
    '1.0.0': async ({ event }) => ({ type: 'evt.tool.add', data: { sum: event.data.all.reduce((a, b) => a + b, 0) } }),
  },
});
createArvoContract({
  uri: '#/tools/all',
  type: 'com.tool.all',
  versions: Object.fromEntries([['1.0.0', { accepts: z.object({}), emits: { 'evt.tool.all': z.object({}) } }]]),
});
const makeAgent = <TName extends string, TOutput extends z.AnyZodObject>(name: TName, output: TOutput) =>
  createArvoOrchestratorContract({
    uri: `#/agents/${name}`,
    name: `agent.${name}` as const,
    versions: { '1.0.0': { init: z.object({ ask: z.string() }), complete: z.object({ output }) } },
    metadata: { output },
  });
type AnyAgent = ReturnType<typeof makeAgent<any, any>>;
export const agentOf = <T extends AnyAgent>(contract: T, answer: (ask: string) => Promise<object>) =>
  createArvoResumable({
    contracts: {
      self: contract as ReturnType<typeof makeAgent<T['metadata']['rootType'], T['metadata']['output']>>,
      services: {},
    },
    handler: {
      '1.0.0': async ({ input }) => (input ? { output: { output: await answer(input.data.ask) } } : undefined),
    },
  });

// A resumable's functions know services that are a type parameter.
export const askerOf = <S extends Record<string, VersionedArvoContract<any, any>>>(
  services: S,
  ask: (services: S) => Promise<{ type: string; data: any }[]>,
) =>
  createArvoResumable({
    contracts: { self: game, services },
    types: { context: {} as { asked: number } },
    handler: {
      '1.0.0': async ({ input, context, contracts, collectedEvents }) => {
        if (input) return { context: { asked: 1 }, services: await ask(contracts.services) };
        if (Object.keys(collectedEvents).length < (context?.asked ?? 0)) return;
        return { output: { won: true } };
      },
      '2.0.0': async () => ({ output: { won: false } }),
      '3.0.0': async () => ({ output: {} }),
    },
  });

// What the reference has as enumerations is a type, too.
const kinds: { span: ArvoExecutionSpanKind; step: OpenInferenceSpanKind } = {
  span: ArvoExecutionSpanKind.RESUMABLE,
  step: OpenInferenceSpanKind.TOOL,
};
// @ts-expect-error there is no such kind
kinds.step = 'SPOON';
same<Same<typeof OpenInference.ATTR_LLM_MODEL_NAME, 'llm.model_name'>>();
