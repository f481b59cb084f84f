// Resumables: workflows written as functions that are called for each of their events (SPEC §13).

import { type ArvoContract, backingOf } from './contract.js';
import { receives } from './delivery.js';
import { ArvoContractError, ContractViolation } from './error.js';
import { type ArvoEvent, draft, givenOf, plainOf } from './event.js';
import { CALLED, failed, ofCore } from './execution.js';
import type { ArvoEventHandlerOtelSpanOptions, ExecuteOptions, IArvoEventHandler } from './handler-types.js';
import { Table } from './host.js';
import { Keeper } from './keeper.js';
import { inProcess, type MachineMemory, SimpleMachineMemory } from './memory.js';
import { native } from './native.js';
import { recordingOf, spanGiven, spanOf } from './recording.js';
import type { ArvoResumableParam, ResumableFunctions, ResumableServices } from './resumable-types.js';
import { type HostSchema, isHostSchema, judge } from './schema.js';
import { stringify } from './text.js';
import { contractOf, type VersionedArvoContract } from './versioned.js';
import { Driver, Run, type Step } from './workflow.js';

/** One version as the driver needs it. */
type Version = {
  contract: VersionedArvoContract<any, any>;
  call: (input: any) => unknown;
  /** Whether a host schema judges what ends it. */
  isHosted: boolean;
};

/**
 * A workflow; make one with {@link createArvoResumable}.
 */
export class ArvoResumable<
  TContext = any,
  TSelf extends ArvoContract<any, any, any, any> = any,
  TServices extends ResumableServices = any,
> implements IArvoEventHandler
{
  /** Its own contract, and those of the services that it may call. */
  readonly contracts: { self: TSelf; services: TServices };
  /** What one event costs. */
  readonly executionunits: number;
  /** Its functions, by version. */
  readonly handler: ResumableFunctions<TContext, TSelf, TServices>;
  /** Where its workflows are kept. */
  readonly memory: MachineMemory<any>;
  readonly #driver: Driver;
  readonly #versions: Version[];
  readonly #hosts: ReadonlyMap<number, HostSchema>;
  /** Types of the services whose requests a host schema judges. */
  readonly #hosted: ReadonlySet<string>;
  /** What judges the responses of services, by type. */
  readonly #responses = new Map<string, unknown>();
  readonly #span: ArvoEventHandlerOtelSpanOptions | undefined;

  /**
   * @throws {ConfigViolation} two services are one contract, or the workflow is its own service.
   * @throws {ArvoContractError} a version has no function, or the contract is no orchestrator's.
   */
  constructor(param: ArvoResumableParam<TContext, TSelf, TServices>) {
    const { contracts, executionunits = 0, handler, requiresResourceLocking, ...rest } = param;
    const { memory = new SimpleMachineMemory() } = param;
    this.contracts = contracts;
    this.executionunits = executionunits;
    this.handler = handler;
    this.memory = memory;
    this.#span = rest.spanOptions;
    const services = Object.entries(contracts.services ?? {});
    const backings = services.map(([, service]) => backingOf(contractOf(service)));
    const functions = handler as Record<string, (input: any) => unknown>;
    const text = stringify(
      {
        versions: Object.keys(functions ?? {}).filter((version) => typeof functions[version] === 'function'),
        services: services.map(([name, service]) => [name, service.version]),
        executionunits: Number.isFinite(executionunits) ? executionunits : null,
        locking: requiresResourceLocking,
        domains: rest.defaultEventEmissionDomains,
        span: spanOf(rest.spanOptions),
      },
      (reason) => new ArvoContractError(`the resumable's domains or span options: one ${reason}`),
    );
    const own = backingOf(contracts.self);
    const kept = inProcess(memory);
    const built = native.buildWorkflow(
      own.contract,
      backings.map(({ contract }) => contract),
      text,
      kept,
    );
    if (typeof built === 'string') throw failed(built, undefined, undefined);
    const keeper = kept === undefined ? new Keeper(memory, built.locking(), 'resumable') : undefined;
    this.#driver = new Driver(built, keeper, {
      call: (step, run) => this.#call(step, run),
      finish: (step, returned, run) => this.#finish(step, returned, run),
    });
    this.#hosts = new Map([own, ...backings].flatMap(({ hosts }) => [...hosts]));
    const sent = services.map(([, { accepts }]): [string, unknown] => [accepts.type, accepts.schema]);
    for (const version of contracts.self.getSortedVersionNumbers('ASC'))
      sent.push(...Object.entries((contracts.self.version(version) as VersionedArvoContract<any, any>).emits));
    this.#hosted = new Set(sent.filter(([, schema]) => isHostSchema(schema)).map(([type]) => type));
    for (const [, { emits }] of services)
      for (const [type, schema] of Object.entries(emits))
        if (!this.#responses.has(type)) this.#responses.set(type, schema);
    this.#versions = contracts.self.getSortedVersionNumbers('ASC').map((version) => {
      const contract: VersionedArvoContract<any, any> = contracts.self.version(version);
      const isHosted = Object.values(contract.emits).some(isHostSchema);
      return { contract, call: functions[version] as Version['call'], isHosted };
    });
    receives(this, {
      execute: ArvoResumable.prototype.execute,
      receive: (event, source, delivery) => this.#driver.receive(() => this.#run(event), source, delivery),
      served: built,
    });
  }

  /** The type that it accepts, and the source of what it emits. */
  get source(): TSelf['type'] {
    return this.contracts.self.type;
  }
  /** The processing context of its contract. */
  get domain(): string | null {
    return this.contracts.self.domain;
  }
  /** The event by which it tells of failures. */
  get systemErrorSchema(): TSelf['systemError'] {
    return this.contracts.self.systemError;
  }
  /** Whether it locks its workflows. */
  get requiresResourceLocking(): boolean {
    return this.#driver.native.locking();
  }

  /**
   * Handles one event of a workflow: the one that begins it, or the answer of a service.
   *
   * An error thrown by the function ends the workflow, and becomes system error events. A violation leaves it as it was.
   *
   * @throws {ConfigViolation} no function is for the version that the subject names, or no contract for the event.
   * @throws {ContractViolation} the event, or what the function returned, breaks a contract.
   * @throws {TransactionViolation} the memory failed, or somebody else was faster; the event may be handled again.
   * @throws {ExecutionViolation} the subject is none of a workflow, or the signal was aborted.
   */
  execute(
    event: ArvoEvent<any, any, any>,
    options: ExecuteOptions = {},
  ): Promise<{ events: ArvoEvent<any, any, any>[] }> {
    return this.#driver.execute(() => this.#run(event, options));
  }

  #run(event: ArvoEvent<any, any, any>, options: ExecuteOptions & { [CALLED]?: () => void } = {}): Run {
    const { signal, inheritFrom, [CALLED]: called } = options;
    const table = new Table(this.#hosts, () => plainOf(event).data);
    const span = recordingOf(event, this.contracts.self.uri, this.#span, inheritFrom);
    const run = new Run(event, table, signal, span, this.#hosts.size > 0);
    run.called = called;
    return run;
  }

  #call({ ticket, told: [version, isInit, context, data] }: Step, run: Run): unknown {
    const { contract, call } = this.#versions[version] as Version;
    const { event, table } = run;
    const validated = data === null ? undefined : typeof data === 'number' ? table.at(data) : Object.freeze(data);
    const shown = givenOf(event, validated);
    run.called?.();
    return call(
      new Given(
        context,
        isInit ? shown : null,
        isInit ? null : shown,
        { self: contract.domain, event: event.domain },
        { self: contract, services: this.contracts.services },
        spanGiven(run.span),
        () => this.#collected(ticket, run),
        () => JSON.parse(this.#told(native.workflowRecord(ticket), run)),
      ),
    );
  }

  /** Responses so far by type. The core has judged them by JSON Schemas, host schemas judge here. */
  #collected(ticket: number, run: Run): Record<string, unknown[]> {
    const events: { type: string; data: unknown }[] = JSON.parse(this.#told(native.collectedEvents(ticket), run));
    const byType: Record<string, unknown[]> = {};
    for (const event of events) {
      const schema = this.#responses.get(event.type);
      if (isHostSchema(schema)) {
        const judgement = judge({ schema, place: `an answer of type ${event.type}` }, event.data);
        if ('issues' in judgement)
          throw failed(native.refusedResponse(JSON.stringify(judgement.issues)), run.table, run.event);
        event.data = judgement.value;
      }
      Object.freeze(event.data);
      byType[event.type] ??= [];
      byType[event.type]?.push(Object.freeze(event));
    }
    return byType;
  }

  #told(answer: string, { table, event }: Run): string {
    if (answer.startsWith('!')) throw failed(answer, table, event);
    return answer;
  }

  /** What the function returned, as text; data for a host schema stays in the table, its number goes instead. */
  #finish({ ticket, told: [version] }: Step, returned: unknown, { table, host }: Run): string {
    const { isHosted } = this.#versions[version] as Version;
    let tokens = ';';
    let sent: unknown = returned ?? null;
    if (isObject(sent)) {
      const { context, output, services } = sent as Record<string, unknown>;
      const [end, ended] = isHosted && isObject(output) ? split(output, table) : ['', output];
      const list = services === undefined || services === null ? [] : Array.isArray(services) ? services : [services];
      const requests: unknown[] = []; // filled by `push`: what `map` gives may have holes for V8, and is written slowly
      let numbers = '';
      for (const one of list) {
        const isKept = isObject(one) && this.#hosted.has((one as { type: string }).type);
        if (requests.length > 0) numbers += ',';
        if (isKept) numbers += table.keep((one as { data: unknown }).data);
        requests.push(draft(isKept ? { ...one, data: undefined } : one));
      }
      tokens = `${end};${numbers}`;
      sent = { context, output: ended, services: requests };
    }
    const text = stringify(typeof sent === 'function' || typeof sent === 'symbol' ? String(sent) : sent, unfit);
    return this.#driver.resumed(ticket, text, tokens, host);
  }
}

/** What a function is given. Its two lazy parts are its own properties, so that `{ ...given }` has them too. */
class Given {
  #collected: unknown;
  #metadata: unknown;
  readonly #readCollected: () => unknown;
  readonly #readMetadata: () => unknown;

  constructor(
    readonly context: unknown,
    readonly input: object | null,
    readonly service: object | null,
    readonly domain: object,
    readonly contracts: object,
    readonly span: object,
    readCollected: () => unknown,
    readMetadata: () => unknown,
  ) {
    this.#readCollected = readCollected;
    this.#readMetadata = readMetadata;
    Object.defineProperty(this, 'collectedEvents', Given.#COLLECTED);
    Object.defineProperty(this, 'metadata', Given.#METADATA);
  }

  // One accessor for all: each of a literal's own would make another shape of object, and every read of it slow.
  static readonly #COLLECTED = lazily((given: Given) => (given.#collected ??= given.#readCollected()));
  static readonly #METADATA = lazily((given: Given) => (given.#metadata ??= given.#readMetadata()));
}

function lazily<T>(read: (given: T) => unknown): PropertyDescriptor {
  return {
    get(this: T) {
      return read(this);
    },
    enumerable: true,
    configurable: true,
  };
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The number of an output's data, and what its event says beside it. */
function split(output: object, table: Table): [number, object] {
  if (!('__id' in output || '__domain' in output || '__executionunits' in output)) return [table.keep(output), {}];
  const { __id, __domain, __executionunits, ...data } = output as Record<string, unknown>;
  return [table.keep(data), { __id, __domain, __executionunits }];
}

function unfit(reason: string): ContractViolation {
  return ofCore(new ContractViolation(`what the workflow returned ${reason}`));
}

/**
 * Makes a workflow of an orchestrator's contract and a function for each of its versions. The function is called for
 * every event of a workflow: the one that begins it (`input`), and the answers of services (`service`).
 *
 * @throws {ConfigViolation} two services are one contract, or the workflow is its own service.
 * @throws {ArvoContractError} a version has no function, or the contract is no orchestrator's.
 *
 * @example
 * ```ts
 * import { createArvoOrchestratorContract, createArvoOrchestratorEventFactory } from 'arvo';
 * import { createArvoResumable, createSimpleArvoContract, SimpleMachineMemory } from 'arvo';
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
 * const resumable = createArvoResumable({
 *   contracts: { self: sum, services: { add: add.version('1.0.0') } },
 *   memory: new SimpleMachineMemory(),
 *   handler: {
 *     '1.0.0': async ({ input, service }) => {
 *       if (input) return { services: [{ type: add.type, data: { a: input.data.a, b: 1 } }] };
 *       if (service?.type === 'evt.calc.add.success') return { output: { total: service.data.sum } };
 *     },
 *   },
 * });
 * const init = createArvoOrchestratorEventFactory(sum.version('1.0.0')).init({
 *   source: 'com.shop.web',
 *   data: { a: 2, parentSubject$$: null },
 * });
 * const { events } = await resumable.execute(init);
 * events.map(({ type, data }) => [type, data]); // => [["com.calc.add", { a: 2, b: 1 }]]
 * ```
 */
export function createArvoResumable<
  TSelf extends ArvoContract<any, any, any, any>,
  TServices extends ResumableServices,
  TContext = Record<string, any>,
>(param: ArvoResumableParam<TContext, TSelf, TServices>): ArvoResumable<TContext, TSelf, TServices> {
  return new ArvoResumable(param);
}
