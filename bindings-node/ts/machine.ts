// Machines: statecharts bound to contracts, run by an orchestrator (SPEC §11).

import { Chart, chartFailure, type Logger } from './chart.js';
import { type ArvoContract, backingOf } from './contract.js';
import { ArvoContractError, ConfigViolation, ContractViolation, type MachineProblem } from './error.js';
import { type ArvoEvent, plainOf, textOf } from './event.js';
import { failed } from './execution.js';
import { Table } from './host.js';
import { Forms, type HostFunction } from './machine-forms.js';
import type { Hosted } from './machine-table.js';
import type { ActionFunction, GuardFunction, MachineConfig, MachineEmitted, MachineEvent } from './machine-types.js';
import type { MachineMemoryRecord } from './memory.js';
import { type NativeMachine, native } from './native.js';
import type { ResumableServices } from './resumable-types.js';
import { type HostSchema, isHostSchema } from './schema.js';
import { stringify } from './text.js';
import type { ArvoSemanticVersion } from './types.js';
import { contractOf, type VersionedArvoContract } from './versioned.js';

/** What the orchestrator of a machine must know of it. */
export type Parts = { native: NativeMachine; hosts: ReadonlyMap<number, HostSchema>; hosted: Hosted };

/** Set where the private field can be seen. */
export let partsOf: (machine: ArvoMachine<any, any, any, any>) => Parts;

/**
 * A statechart bound to its contract and those of its services; make one with {@link setupArvoMachine} or
 * {@link machineFromJson}. It holds no state: that is in the memory of an orchestrator. Its type arguments are the
 * reference's, in their order: id, version, own contract, services, and the form of its definition.
 */
export class ArvoMachine<
  TId extends string = string,
  TVersion extends ArvoSemanticVersion = ArvoSemanticVersion,
  TSelf extends VersionedArvoContract<any, any> = VersionedArvoContract<any, any>,
  TServices extends ResumableServices = ResumableServices,
  TLogic extends { config: Record<string, any> } = { config: Record<string, any> },
> {
  /** Its id, as its definition says. */
  readonly id: TId;
  /** Its version: that of its own contract. */
  readonly version: TVersion;
  /** Its own contract, and those of the services that it may call. */
  readonly contracts: { self: TSelf; services: TServices };
  /** Whether several of its events can be under way at once. */
  readonly requiresResourceLocking: boolean;
  /** What looks wrong in its definition, though it runs. */
  readonly warnings: readonly MachineProblem[];
  readonly #parts: Parts;
  readonly #functions: readonly HostFunction[];

  /** @internal */
  constructor(
    machine: NativeMachine,
    contracts: { self: TSelf; services: TServices },
    functions: readonly HostFunction[],
    logger: Logger | undefined,
  ) {
    const { id, version, requiresResourceLocking, warnings } = JSON.parse(machine.describe());
    this.id = id;
    this.version = version;
    this.requiresResourceLocking = requiresResourceLocking;
    this.warnings = warnings;
    this.contracts = contracts;
    this.#functions = functions;
    const services = Object.values(contracts.services);
    const backings = [contracts.self, ...services].map((service) => backingOf(contractOf(service)));
    const ends = Object.entries(contracts.self.emits).filter(([, schema]) => isHostSchema(schema));
    const calls = services.filter(({ accepts }) => isHostSchema(accepts.schema));
    this.#parts = {
      native: machine,
      hosts: new Map(backings.flatMap(({ hosts }) => [...hosts])),
      hosted: {
        functions,
        hosted: new Set([...calls.map(({ accepts }) => accepts.type), ...ends.map(([type]) => type)]),
        completes: ends.length > 0,
        logger,
      },
    };
  }

  /** The type of the event that begins it, and the source of those that it sends. */
  get source(): TSelf['accepts']['type'] {
    return this.contracts.self.accepts.type;
  }

  /**
   * Whether it would take an event: `VALID`; `CONTRACT_UNRESOLVED` where none of its contracts has the type; `INVALID`
   * where the event names another contract or version; `INVALID_DATA` where its data breaks the contract. Nothing is run.
   *
   * @throws what a host schema throws.
   */
  validateInput(event: ArvoEvent<any, any, any>): InputValidation {
    const { native: machine, hosts } = this.#parts;
    const built = native.buildOrchestrator([machine], '{"executionunits":0}', undefined);
    if (typeof built === 'string') throw failed(built, undefined, undefined);
    const table = new Table(hosts, () => plainOf(event).data);
    const answer = built.checkInput(this.version, textOf(event), table.host());
    if (!answer.startsWith('!')) return { type: 'VALID' };
    const error = failed(answer, table, event);
    if (error instanceof ConfigViolation) return { type: 'CONTRACT_UNRESOLVED' };
    if (!(error instanceof ContractViolation)) throw error;
    return error.issues.length > 0 ? { type: 'INVALID_DATA', error } : { type: 'INVALID', error };
  }

  /** Its definition, as its records show it. */
  get logic(): TLogic {
    return { config: JSON.parse(this.#parts.native.definition()) } as TLogic;
  }

  /** Its chart alone, for tests: to be run step by step, without events and memory. */
  get chart(): Chart {
    return new Chart(this.#parts.native.chart(), this.#functions, this.#parts.hosted.logger);
  }

  /**
   * A Mermaid diagram of it.
   *
   * @param record - a record or a snapshot: its states are marked, and the transitions that wait in them
   * @param trace - the numbers of transitions taken, which are numbered in the picture
   * @throws {ArvoChartError} the record is another machine's
   */
  mermaid(record?: MachineMemoryRecord, trace: readonly number[] = []): string {
    return drawn(this.#parts.native.mermaid(jsonOf(record), trace));
  }

  /**
   * The same as a Graphviz digraph.
   *
   * @throws {ArvoChartError} the record is another machine's
   */
  dot(record?: MachineMemoryRecord, trace: readonly number[] = []): string {
    return drawn(this.#parts.native.dot(jsonOf(record), trace));
  }

  /**
   * Where a record or a snapshot stands.
   *
   * @throws {ArvoChartError} the record is another machine's
   */
  describe(record: MachineMemoryRecord): MachineDescription {
    return JSON.parse(drawn(this.#parts.native.describeAt(jsonOf(record) as string)));
  }

  static {
    partsOf = (machine) => machine.#parts;
  }
}

/** What {@link ArvoMachine.validateInput} says. */
export type InputValidation =
  | { type: 'VALID' | 'CONTRACT_UNRESOLVED' }
  | { type: 'INVALID' | 'INVALID_DATA'; error: ContractViolation };

/** Where a workflow stands. */
export type MachineDescription = {
  /** The state value. */
  value: any;
  /** Ids of the active states. */
  active: string[];
  tags: string[];
  /** Meta data of the active states, by id. */
  meta: Record<string, any>;
  /** Descriptors that an active state has transitions for. */
  awaiting: string[];
  /** Event types of the services that an active state has a transition for. */
  can: string[];
};

function jsonOf(record: MachineMemoryRecord | undefined): string | undefined {
  return record === undefined ? undefined : stringify(record, (reason) => new TypeError(`the record ${reason}`));
}

function drawn(answer: string): string {
  if (answer.startsWith('!')) throw chartFailure(answer);
  return answer;
}

/**
 * Sets a machine up: contracts, the types of its context and of the events that it raises itself, named guards and
 * actions. `createMachine` then takes the definition, as XState 5 writes it: its synchronous part, with functions, and
 * what the creators of this package or of XState make.
 *
 * @throws {ConfigViolation} all problems of the set-up, or of the definition, at once, in `problems`.
 *
 * @example
 * ```ts
 * import { assign, createArvoOrchestratorContract, createSimpleArvoContract, emit, setupArvoMachine } from 'arvo';
 * import { z } from 'zod';
 *
 * const add = createSimpleArvoContract({
 *   uri: '#/services/add',
 *   type: 'calc.add',
 *   versions: { '1.0.0': { accepts: z.object({ a: z.number(), b: z.number() }), emits: z.object({ sum: z.number() }) } },
 * });
 * const sum = createArvoOrchestratorContract({
 *   uri: '#/flows/sum',
 *   name: 'sum',
 *   versions: { '1.0.0': { init: z.object({ a: z.number() }), complete: z.object({ total: z.number() }) } },
 * });
 * const machine = setupArvoMachine({
 *   contracts: { self: sum.version('1.0.0'), services: { add: add.version('1.0.0') } },
 *   types: { context: {} as { a: number; total: number } },
 * }).createMachine({
 *   id: 'sum',
 *   context: ({ input }) => ({ a: input.data.a, total: 0 }),
 *   initial: 'adding',
 *   states: {
 *     adding: {
 *       entry: emit(({ context }) => ({ type: 'com.calc.add', data: { a: context.a, b: 1 } })),
 *       on: {
 *         'evt.calc.add.success': { target: 'done', actions: assign({ total: ({ event }) => event.data.sum }) },
 *       },
 *     },
 *     done: { type: 'final' },
 *   },
 *   output: ({ context }) => ({ total: context.total }),
 * });
 * machine.version; // => "1.0.0"
 * machine.requiresResourceLocking; // => false
 * ```
 */
export function setupArvoMachine<
  TSelf extends VersionedArvoContract<any, any>,
  TServices extends ResumableServices,
  TContext extends object = Record<string, any>,
  TRaised extends { type: string } = never,
  TActions extends Record<string, any> = Record<never, never>,
  TGuards extends Record<string, any> = Record<never, never>,
>(param: {
  /** Its own contract, an orchestrator's, and the services that it may call. */
  contracts: { self: TSelf; services: TServices };
  /** Types alone; they are never read. */
  types?: { context?: TContext; events?: TRaised; [key: string]: any };
  schemas?: unknown;
  /** Named actions: functions, or what a creator made. */
  actions?: {
    [K in keyof TActions]: ActionFunction<
      TContext,
      MachineEvent<TServices, TRaised>,
      TActions[K],
      MachineEmitted<TServices>
    >;
  };
  /** Named guards: functions, or what a creator made. */
  guards?: { [K in keyof TGuards]: GuardFunction<TContext, MachineEvent<TServices, TRaised>, TGuards[K]> };
  /** Refuses what else only looks wrong. */
  strict?: boolean;
  /** Takes lines of the `log` action; else `console.log`. */
  logger?: Logger;
}): {
  createMachine(
    config: MachineConfig<
      TSelf,
      TContext,
      MachineEvent<TServices, TRaised>,
      TActions,
      TGuards,
      MachineEmitted<TServices>
    >,
  ): ArvoMachine<string, TSelf['version'], TSelf, TServices>;
} {
  const { contracts, types: _types, schemas: _schemas, strict = false, logger, ...setup } = param;
  if (!contracts?.self)
    throw new ConfigViolation('a machine needs `contracts`: { self, services }, versions of contracts');
  const services = Object.entries(contracts.services ?? {});
  const own = backingOf(contractOf(contracts.self)).contract;
  const backings = services.map(([, service]) => backingOf(contractOf(service)).contract);
  const compile = (config: object, isStrict: boolean, hasStates = true): [NativeMachine, HostFunction[]] => {
    const forms = new Forms(0, hasStates);
    const form = {
      version: contracts.self.version,
      services: services.map(([name, service]) => [name, service.version]),
      definition: forms.machine(config),
      setup: {
        ...(forms.json({ ...setup, guards: undefined, actions: undefined }) as object),
        guards: forms.named(setup.guards, 'guards', 'guard'),
        actions: forms.named(setup.actions, 'actions', 'action'),
      },
      strict: isStrict,
      hasFunctions: forms.functions.length > 0,
    };
    const text = stringify(form, (reason) => new ConfigViolation(`the machine's definition ${reason}`));
    const built = native.buildMachine(own, backings, text);
    if (typeof built === 'string') throw failed(built, undefined, undefined);
    return [built, forms.functions];
  };
  compile({}, false, false); // what is wrong with the set-up is said here
  return {
    createMachine(config) {
      const [machine, functions] = compile(config, strict);
      return new ArvoMachine(machine, { self: contracts.self, services: contracts.services }, functions, logger);
    },
  };
}

/**
 * Reads a portable machine: one JSON file that runs the same in every language, made of expressions alone. `contracts`
 * are those that it names.
 *
 * @throws {ConfigViolation} all problems at once, in `problems`.
 *
 * @example
 * ```ts
 * import { createArvoOrchestratorContract, machineFromJson } from 'arvo';
 *
 * const flow = createArvoOrchestratorContract({
 *   uri: '#/flows/greet',
 *   name: 'greet',
 *   versions: { '1.0.0': { init: {}, complete: {} } },
 * });
 * const machine = machineFromJson(
 *   {
 *     contract: { uri: '#/flows/greet', version: '1.0.0' },
 *     machine: {
 *       id: 'greet',
 *       context: { name: { $: 'input.data.name' } },
 *       initial: 'done',
 *       states: { done: { type: 'final' } },
 *       output: { text: { $: "'Hello, ' + context.name" } },
 *     },
 *   },
 *   [flow],
 * );
 * machine.id; // => "greet"
 * ```
 */
export function machineFromJson(
  file: string | object,
  contracts: readonly ArvoContract<any, any, any, any>[],
  { logger }: { logger?: Logger } = {},
): ArvoMachine {
  const text =
    typeof file === 'string'
      ? file
      : stringify(file, (reason) => new ArvoContractError(`a portable machine ${reason}; give JSON`));
  const built = native.importMachine(
    text,
    contracts.map((contract) => backingOf(contract).contract),
  );
  if (typeof built === 'string') throw failed(built, undefined, undefined);
  const { uri, version, services } = JSON.parse(built.describe()) as {
    uri: string;
    version: string;
    services: Record<string, { uri: string; version: string }>;
  };
  const find = (wanted: { uri: string; version: string }): VersionedArvoContract<any, any> =>
    (contracts.find((contract) => contract.uri === wanted.uri) as ArvoContract<any, any, any, any>).version(
      wanted.version as never,
    );
  const named = Object.entries(services).map(([name, service]) => [name, find(service)]);
  return new ArvoMachine(built, { self: find({ uri, version }), services: Object.fromEntries(named) }, [], logger);
}
