// Orchestrators: machines as workflows, one for each version of their contract (SPEC §12).

import { receives } from './delivery.js';
import { ArvoContractError } from './error.js';
import { type ArvoEvent, plainOf } from './event.js';
import { failed } from './execution.js';
import type { ArvoEventHandlerOtelSpanOptions, ExecuteOptions, IArvoEventHandler } from './handler-types.js';
import { Keeper } from './keeper.js';
import { type ArvoMachine, partsOf } from './machine.js';
import { type Hosted, MachineTable } from './machine-table.js';
import { inProcess, type MachineMemory, SimpleMachineMemory } from './memory.js';
import { native } from './native.js';
import { recordingOf, spanOf } from './recording.js';
import type { HostSchema } from './schema.js';
import { stringify } from './text.js';
import { contractOf } from './versioned.js';
import { Driver, Run } from './workflow.js';

/** The field `executionStatus` of a record. */
export const OrchestrationExecutionStatus = { NORMAL: 'normal', FAILURE: 'failure' } as const;

/** What an orchestrator is made of. */
export type ArvoOrchestratorParam = {
  /** Its machines: versions of one workflow. */
  machines: ArvoMachine<any, any, any, any, any>[];
  /** Where its workflows are kept; left out, in this process. On a {@link Worker} they are in its store in any case. */
  memory?: MachineMemory<any>;
  /** What one event costs, in units of the application's own. */
  executionunits?: number;
  /** Whether to lock; left out, where a machine needs it. */
  requiresResourceLocking?: boolean;
  /** The domains of events whose machine names none. */
  defaultEventEmissionDomains?: {
    services?: (string | null)[];
    complete?: (string | null)[];
    systemError?: (string | null)[];
  };
  /** What is different about the spans of its executions. */
  spanOptions?: ArvoEventHandlerOtelSpanOptions;
};

/**
 * Machines as a workflow; make one with {@link createArvoOrchestrator}.
 */
export class ArvoOrchestrator implements IArvoEventHandler {
  /** What one event costs. */
  readonly executionunits: number;
  /** Its machines, in the order given. */
  readonly machines: readonly ArvoMachine<any, any, any, any, any>[];
  /** Where its workflows are kept. */
  readonly #memory: MachineMemory<any>;
  readonly #driver: Driver;
  readonly #hosted: readonly Hosted[];
  readonly #hosts: ReadonlyMap<number, HostSchema>;
  readonly #span: ArvoEventHandlerOtelSpanOptions | undefined;

  /**
   * @throws {ConfigViolation} two machines have one version, or not one contract.
   * @throws {ArvoContractError} there is no machine.
   */
  constructor(param: ArvoOrchestratorParam) {
    const { machines, executionunits = 0, requiresResourceLocking, defaultEventEmissionDomains } = param;
    const { memory = new SimpleMachineMemory(), spanOptions } = param;
    this.machines = [...machines];
    this.executionunits = executionunits;
    this.#memory = memory;
    this.#span = spanOptions;
    const parts = this.machines.map(partsOf);
    const text = stringify(
      {
        executionunits: Number.isFinite(executionunits) ? executionunits : null,
        locking: requiresResourceLocking,
        domains: defaultEventEmissionDomains,
        span: spanOf(spanOptions),
      },
      (reason) => new ArvoContractError(`the orchestrator's domains or span options: one ${reason}`),
    );
    const kept = inProcess(memory);
    const built = native.buildOrchestrator(
      parts.map((part) => part.native),
      text,
      kept,
    );
    if (typeof built === 'string') throw failed(built, undefined, undefined);
    this.#hosted = parts.map(({ hosted }) => hosted);
    this.#hosts = new Map(parts.flatMap(({ hosts }) => [...hosts]));
    const keeper = kept === undefined ? new Keeper(memory, built.locking(), 'orchestrator') : undefined;
    this.#driver = new Driver(built, keeper);
    receives(this, {
      execute: ArvoOrchestrator.prototype.execute,
      receive: (event, source, delivery) => this.#driver.receive(() => this.#run(event), source, delivery),
      served: built,
    });
  }

  /** The type of the events that begin its workflows, and the source of what it sends. */
  get source(): string {
    return (this.machines[0] as ArvoMachine).source;
  }
  /** The processing context of its contract. */
  get domain(): string | null {
    return (this.machines[0] as ArvoMachine).contracts.self.domain;
  }
  /** Its machines, where the reference has them. */
  get registry(): { readonly machines: readonly ArvoMachine<any, any, any, any, any>[] } {
    return this;
  }
  /** Where its workflows are kept. */
  get memory(): MachineMemory<any> {
    return this.#memory;
  }
  /** Whether it locks its workflows. */
  get requiresResourceLocking(): boolean {
    return this.#driver.native.locking();
  }
  /** The event by which it tells of failures. */
  get systemErrorSchema(): { type: string; schema: any } {
    return contractOf((this.machines[0] as ArvoMachine).contracts.self).systemError;
  }

  /**
   * Handles one event of a workflow: its machine takes one step.
   *
   * An error thrown by a function of the machine ends the workflow, and becomes system error events. A violation leaves
   * it as it was.
   *
   * @throws {ConfigViolation} no machine is for the version that the subject names, or no contract for the event; a
   * function gave a promise.
   * @throws {ContractViolation} the event, or what the machine sends, breaks a contract.
   * @throws {TransactionViolation} the memory failed, or somebody else was faster; the event may be handled again.
   * @throws {ExecutionViolation} the subject is none of a workflow, the record is not the machine's, or the signal was
   * aborted.
   */
  execute(
    event: ArvoEvent<any, any, any>,
    options: ExecuteOptions = {},
  ): Promise<{ events: ArvoEvent<any, any, any>[] }> {
    return this.#driver.execute(() => this.#run(event, options));
  }

  #run(event: ArvoEvent<any, any, any>, { signal, inheritFrom }: ExecuteOptions = {}): Run {
    const table = new MachineTable(this.#hosts, this.#hosted, event, () => plainOf(event).data);
    const { uri } = (this.machines[0] as ArvoMachine).contracts.self;
    const span = recordingOf(event, uri, this.#span, inheritFrom);
    return new Run(event, table, signal, span, true, table.machines());
  }
}

/**
 * Makes an orchestrator of machines: versions of one workflow, each event of which is one step of its machine.
 *
 * @throws {ConfigViolation} two machines have one version, or not one contract.
 * @throws {ArvoContractError} there is no machine.
 *
 * @example
 * ```ts
 * import { createArvoOrchestrator, createArvoOrchestratorContract, createArvoOrchestratorEventFactory } from 'arvo';
 * import { setupArvoMachine, SimpleMachineMemory } from 'arvo';
 * import { z } from 'zod';
 *
 * const greet = createArvoOrchestratorContract({
 *   uri: '#/flows/greet',
 *   name: 'greet',
 *   versions: { '1.0.0': { init: z.object({ name: z.string() }), complete: z.object({ text: z.string() }) } },
 * });
 * const machine = setupArvoMachine({
 *   contracts: { self: greet.version('1.0.0'), services: {} },
 *   types: { context: {} as { name: string } },
 * }).createMachine({
 *   id: 'greet',
 *   context: ({ input }) => ({ name: input.data.name }),
 *   initial: 'done',
 *   states: { done: { type: 'final' } },
 *   output: ({ context }) => ({ text: `Hello, ${context.name}` }),
 * });
 * const orchestrator = createArvoOrchestrator({ machines: [machine], memory: new SimpleMachineMemory() });
 * const init = createArvoOrchestratorEventFactory(greet.version('1.0.0')).init({
 *   source: 'com.shop.web',
 *   data: { name: 'Ada', parentSubject$$: null },
 * });
 * const { events } = await orchestrator.execute(init);
 * events.map(({ type, data }) => [type, data]); // => [["arvo.orc.greet.done", { text: "Hello, Ada" }]]
 * ```
 */
export function createArvoOrchestrator(param: ArvoOrchestratorParam): ArvoOrchestrator {
  return new ArvoOrchestrator(param);
}
