// Handlers: stateless services bound to a contract, one function for each version (SPEC §10).

import { type ArvoContract, type Backing, backingOf } from './contract.js';
import { receives } from './delivery.js';
import { ArvoContractError, ContractViolation } from './error.js';
import { type ArvoEvent, draft, envelopeOf, givenOf, plainOf, textOf } from './event.js';
import {
  Aborted,
  answered,
  CALLED,
  type Call,
  cancelled,
  type Ended,
  heard,
  isPromise,
  ofCore,
  turnOf,
  unlessAborted,
  type Waiting,
  waiting,
} from './execution.js';
import type {
  ArvoEventHandlerFunction,
  ArvoEventHandlerOtelSpanOptions,
  ArvoEventHandlerParam,
  ExecuteOptions,
  IArvoEventHandler,
} from './handler-types.js';
import { noHost, Table } from './host.js';
import { type HostCall, type NativePlan, native, type OpenCall } from './native.js';
import { type Recording, recordingOf, spanGiven, spanHeadersGiven, spanOf } from './recording.js';
import { isHostSchema } from './schema.js';
import { failureOf, stringify } from './text.js';
import type { VersionedArvoContract } from './versioned.js';

/** One version as the driver needs it: its function, and which of its emitted types have host schemas. */
type Version = {
  contract: VersionedArvoContract<any, any>;
  call: (input: any) => unknown;
  hosted: ReadonlySet<string>;
};

/**
 * A handler; make one with {@link createArvoEventHandler}.
 *
 * @example
 * ```ts
 * import { createArvoEventFactory, createArvoEventHandler, createSimpleArvoContract } from 'arvo';
 * import { z } from 'zod';
 *
 * const contract = createSimpleArvoContract({
 *   uri: '#/greet',
 *   type: 'greet.user',
 *   versions: { '1.0.0': { accepts: z.object({ name: z.string() }), emits: z.object({ text: z.string() }) } },
 * });
 * const handler = createArvoEventHandler({
 *   contract,
 *   executionunits: 0,
 *   handler: {
 *     '1.0.0': async ({ event }) => ({ type: 'evt.greet.user.success', data: { text: `Hello ${event.data.name}` } }),
 *   },
 * });
 * const event = createArvoEventFactory(contract.version('1.0.0')).accepts({ source: 'com.shop.web', data: { name: 'Ada' } });
 * const { events } = await handler.execute(event);
 * events.map(({ data, to }) => [data, to]); // => [[{ text: "Hello Ada" }, "com.shop.web"]]
 * ```
 */
export class ArvoEventHandler<TContract extends ArvoContract<any, any, any, any>> implements IArvoEventHandler {
  /** The contract that it serves. */
  readonly contract: TContract;
  /** What handling one event costs. */
  readonly executionunits: number;
  /** Its functions, by version. */
  readonly handler: ArvoEventHandlerFunction<TContract>;
  readonly #backing: Backing;
  readonly #plan: NativePlan;
  readonly #number: number;
  readonly #versions: Version[];
  readonly #envelopeAlone: boolean;
  readonly #span: ArvoEventHandlerOtelSpanOptions | undefined;

  /** @throws {ArvoContractError} when a version of the contract has no function. */
  constructor(param: ArvoEventHandlerParam<TContract>) {
    const { contract, executionunits = 0, handler, defaultEventEmissionDomains: domains, spanOptions } = param;
    this.contract = contract;
    this.executionunits = executionunits;
    this.handler = handler;
    this.#span = spanOptions;
    this.#backing = backingOf(contract);
    const functions = handler as Record<string, (input: any) => unknown>;
    const plan = native.buildPlan(
      this.#backing.contract,
      stringify(
        {
          versions: Object.keys(functions ?? {}).filter((version) => typeof functions[version] === 'function'),
          executionunits: Number.isFinite(executionunits) ? executionunits : null,
          emits: domains?.emits,
          systemError: domains?.systemError,
          span: spanOf(spanOptions),
        },
        (reason) => new ArvoContractError(`the handler's domains or span options: one ${reason}`),
      ),
    );
    if (typeof plan === 'string') throw failureOf(plan);
    this.#plan = plan;
    this.#number = plan.number();
    this.#versions = contract.getSortedVersionNumbers('ASC').map((version) => {
      const versioned: VersionedArvoContract<any, any> = contract.version(version);
      const hosted = Object.entries(versioned.emits).filter(([, schema]) => isHostSchema(schema));
      const call = functions[version] as Version['call'];
      return { contract: versioned, call, hosted: new Set(hosted.map(([type]) => type)) };
    });
    receives(this, {
      execute: ArvoEventHandler.prototype.execute,
      receive: (event, source, delivery) =>
        this.#drive(event, (host, open) => native.handleDelivery(source, delivery, this.#number, host, open), {}),
      served: this.#plan,
    });
    this.#envelopeAlone = this.#versions.every(({ contract: { accepts } }) => isHostSchema(accepts.schema));
  }

  /** The type that it accepts, and the source of what it emits. */
  get source(): TContract['type'] {
    return this.contract.type;
  }
  /** The processing context of its contract. */
  get domain(): string | null {
    return this.contract.domain;
  }
  /** The event by which it tells of failures. */
  get systemErrorSchema(): TContract['systemError'] {
    return this.contract.systemError;
  }

  /**
   * Handles one event.
   *
   * An error thrown by the function becomes system error events. A violation that it throws comes out as itself.
   *
   * @throws {ConfigViolation} the event is of another type, or names a version that the contract lacks.
   * @throws {ContractViolation} the event, or an output, breaks the contract; `issues` names every place.
   * @throws {ExecutionViolation} the signal was aborted before the function answered.
   *
   * @example
   * ```ts
   * import { ContractViolation, createArvoContract, createArvoEvent, createArvoEventHandler } from 'arvo';
   *
   * const accepts = { type: 'object', properties: { item: { type: 'string' } }, required: ['item'] };
   * const contract = createArvoContract({ uri: '#/orders', type: 'com.order.place', versions: { '1.0.0': { accepts, emits: {} } } });
   * const handler = createArvoEventHandler({ contract, executionunits: 0, handler: { '1.0.0': () => undefined } });
   * try {
   *   await handler.execute(createArvoEvent({ source: 'com.shop.web', type: 'com.order.place', subject: 'order/1', data: {} }));
   * } catch (error) {
   *   (error as ContractViolation).issues.map(({ path }) => path); // => ["/item"]
   * }
   * ```
   */
  execute(
    event: ArvoEvent<any, any, any>,
    options: ExecuteOptions = {},
  ): Promise<{ events: ArvoEvent<any, any, any>[] }> {
    const alone = this.#envelopeAlone;
    const text = alone ? envelopeOf : textOf;
    return this.#drive(event, (host, open) => native.execute(this.#number, text(event), alone, host, open), options);
  }

  async #drive(
    event: ArvoEvent<any, any, any>,
    begin: (host: HostCall, open?: OpenCall) => string,
    { signal, inheritFrom, [CALLED]: called }: ExecuteOptions & { [CALLED]?: () => void },
  ): Promise<Ended> {
    const { hosts } = this.#backing;
    const table = new Table(hosts, () => plainOf(event).data);
    const span = recordingOf(event, this.contract.uri, this.#span, inheritFrom);
    const own = hosts.size === 0 ? noHost : table.host();
    const host = span === undefined ? own : span.host(own);
    let turn = turnOf(heard(begin(host, span?.open), span), table, event);
    while ('call' in turn) {
      const { ticket } = turn.call;
      let entry: Waiting | undefined;
      let answer: string;
      try {
        if (signal?.aborted) throw new Aborted(signal.reason);
        const { call } = turn;
        called?.();
        let returned =
          span === undefined
            ? this.#call(call, event, table, span)
            : span.within(() => this.#call(call, event, table, span));
        if (isPromise(returned)) {
          entry = waiting(ticket, span);
          returned = signal === undefined ? await returned : await unlessAborted(returned, signal);
        }
        answer = this.#finish(turn.call, returned, table, host);
      } catch (thrown) {
        if (thrown instanceof Aborted) throw cancelled(ticket, event, thrown.reason, span);
        answer = native.fail(ticket, table.raised(thrown), host);
      } finally {
        if (entry !== undefined) answered(entry);
      }
      turn = turnOf(heard(answer, span), table, event);
    }
    return turn;
  }

  #call(
    { version, data }: Call,
    event: ArvoEvent<any, any, any>,
    table: Table,
    recording: Recording | undefined,
  ): unknown {
    const { contract, call } = this.#versions[version] as Version;
    const validated = typeof data === 'string' ? JSON.parse(data) : data === undefined ? undefined : table.at(data);
    return call({
      event: givenOf(event, validated),
      source: this.source,
      contract,
      domain: { self: contract.domain, event: event.domain },
      span: spanGiven(recording),
      spanHeaders: spanHeadersGiven(recording),
    });
  }

  /** What the function returned, as text; data for a host schema stays in the table, its number goes instead. */
  #finish({ ticket, version }: Call, returned: unknown, table: Table, host: HostCall): string {
    const { hosted } = this.#versions[version] as Version;
    const tokens: (number | undefined)[] = [];
    const output = (one: any) => {
      const kept = one !== null && typeof one === 'object' && hosted.has(one.type);
      tokens.push(kept ? table.keep(one.data) : undefined);
      return kept ? draft({ ...one, data: undefined }) : draft(one);
    };
    const outputs = Array.isArray(returned) ? returned.map(output) : output(returned ?? null);
    const text = stringify(
      typeof outputs === 'function' || typeof outputs === 'symbol' ? String(outputs) : outputs,
      unfit,
    );
    return native.finish(ticket, text, hosted.size === 0 ? '' : tokens.join(), host);
  }
}

function unfit(reason: string): ContractViolation {
  return ofCore(new ContractViolation(`an output ${reason}`));
}

/**
 * Makes a handler of a contract and a function for each of its versions.
 *
 * @throws {ArvoContractError} when a version of the contract has no function.
 *
 * @example
 * ```ts
 * import { createArvoContract, createArvoEventHandler } from 'arvo';
 *
 * const contract = createArvoContract({ uri: '#/ping', type: 'com.ping.send', versions: { '1.0.0': { accepts: {}, emits: {} } } });
 * const handler = createArvoEventHandler({ contract, executionunits: 0, handler: { '1.0.0': async () => {} } });
 * handler.source; // => "com.ping.send"
 * ```
 */
export function createArvoEventHandler<TContract extends ArvoContract<any, any, any, any>>(
  param: ArvoEventHandlerParam<TContract>,
): ArvoEventHandler<TContract> {
  return new ArvoEventHandler(param);
}
