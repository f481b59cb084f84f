// Factories: events of a contract version, checked by its schemas (SPEC §7).

import { backingOf } from './contract.js';
import { type ArvoEvent, draftText, eventOf } from './event.js';
import { noHost, Table, tellOf } from './host.js';
import { recordingOfMaking } from './recording.js';
import { isHostSchema } from './schema.js';
import type { In, Out } from './schema-types.js';
import { failureOf } from './text.js';
import type { ArvoErrorType, ArvoEventData, CloudEventExtension, CreateArvoEvent } from './types.js';
import { contractOf, type VersionedArvoContract } from './versioned.js';

/** What a factory is given: type, dataschema and content type it sets itself; a new subject where none is given. */
type Made<TData extends ArvoEventData> = Omit<
  CreateArvoEvent<TData, string>,
  'type' | 'datacontenttype' | 'dataschema' | 'subject'
> & { subject?: string };

type Accepted<C extends VersionedArvoContract<any, any>> = C['accepts']['schema'];

/**
 * Makes events of one contract version.
 *
 * @example
 * ```ts
 * import { createArvoEventFactory, createSimpleArvoContract } from 'arvo';
 * import { z } from 'zod';
 *
 * const contract = createSimpleArvoContract({
 *   uri: '#/greet',
 *   type: 'greet.user',
 *   versions: { '1.0.0': { accepts: z.object({ name: z.string() }), emits: z.object({ text: z.string() }) } },
 * });
 * const factory = createArvoEventFactory(contract.version('1.0.0'));
 * const event = factory.accepts({ source: 'com.shop.web', data: { name: 'Ada' } });
 * event.type; // => "com.greet.user"
 * event.dataschema; // => "#/greet/1.0.0"
 * factory.emits({ source: 'com.greet.user', type: 'evt.greet.user.success', subject: event.subject, data: { text: 'Hello' } }).data.text; // => "Hello"
 * factory.systemError({ source: 'com.greet.user', subject: event.subject, error: new Error('no') }).type; // => "sys.com.greet.user.error"
 * ```
 */
export class ArvoEventFactory<TContract extends VersionedArvoContract<any, any>> {
  /** The version that it makes events of. */
  protected readonly contract: TContract;

  constructor(contract: TContract) {
    this.contract = contract;
  }

  /**
   * An event that the contract accepts.
   *
   * @throws {ArvoFactoryError} when the data breaks the schema; {@link ArvoEventError} or {@link ArvoSubjectError} when
   * the event around it, or its new subject, can't be made.
   */
  accepts<TExtension extends CloudEventExtension = CloudEventExtension>(
    event: Made<In<Accepted<TContract>>>,
    extensions?: TExtension,
  ): ArvoEvent<Out<Accepted<TContract>>, TExtension, TContract['accepts']['type']> {
    return this.make('accepts', event, extensions, this.contract.accepts.schema);
  }

  /**
   * An event that the contract emits.
   *
   * @throws {ArvoFactoryError} when the contract lacks the type, or the data breaks its schema; others as
   * {@link ArvoEventFactory.accepts}.
   */
  emits<U extends string & keyof TContract['emits'], TExtension extends CloudEventExtension = CloudEventExtension>(
    event: Made<In<TContract['emits'][U]>> & { type: U },
    extensions?: TExtension,
  ): ArvoEvent<Out<TContract['emits'][U]>, TExtension, U> {
    return this.make('emits', event, extensions, this.contract.emits[event.type]);
  }

  /** An event that tells of a failure. */
  systemError<TExtension extends CloudEventExtension = CloudEventExtension>(
    event: Omit<Made<any>, 'data'> & { error: Error },
    extensions?: TExtension,
  ): ArvoEvent<ArvoErrorType, TExtension, TContract['systemError']['type']> {
    const { error, ...draft } = event;
    return this.make('systemError', { ...draft, error: tellOf(error) }, extensions, undefined);
  }

  /** One method of the core's factory; data for a host schema stays here, the envelope alone crosses. */
  protected make(
    method: string,
    event: object,
    extensions: object | undefined,
    schema: unknown,
  ): ArvoEvent<any, any, any> {
    const { contract, hosts } = backingOf(contractOf(this.contract));
    const { data, ...envelope } = event as { data?: unknown };
    const table = isHostSchema(schema) ? new Table(hosts, () => data) : undefined;
    const span = recordingOfMaking(event);
    const told = contract.make(
      method,
      this.contract.version,
      draftText(table === undefined ? event : envelope, extensions),
      table !== undefined,
      table?.host() ?? noHost,
      span?.open,
    );
    const made = span === undefined ? told : span.heard(told);
    if (made.startsWith('!')) throw (table === undefined ? undefined : thrownIn(made, table)) ?? failureOf(made);
    if (table === undefined || made.startsWith('{')) return eventOf(made);
    const cut = made.indexOf(':');
    return eventOf(made.slice(cut + 1), { ...(table.at(Number(made.slice(0, cut))) as object) });
  }
}

/** What a schema threw itself, if that is why making failed. */
function thrownIn(failure: string, table: Table): Error | undefined {
  const { token } = JSON.parse(failure.slice(1)) as { token?: number };
  return token === undefined ? undefined : (table.at(token) as Error);
}

/** The data that an orchestrator contract ends with. */
type Completed<C extends VersionedArvoContract<any, any>> = C['emits'][C['metadata']['completeEventType']];

/**
 * Makes events of an orchestrator contract's version: also the ones that begin and end a workflow.
 *
 * @example
 * ```ts
 * import { ArvoOrchestrationSubject, createArvoOrchestratorContract, createArvoOrchestratorEventFactory } from 'arvo';
 * import { z } from 'zod';
 *
 * const contract = createArvoOrchestratorContract({
 *   uri: '#/flows/order',
 *   name: 'order',
 *   versions: { '1.0.0': { init: z.object({ item: z.string() }), complete: z.object({ total: z.number() }) } },
 * });
 * const factory = createArvoOrchestratorEventFactory(contract.version('1.0.0'));
 * const event = factory.init({ source: 'com.shop.web', data: { parentSubject$$: null, item: 'tea' } });
 * ArvoOrchestrationSubject.parse(event.subject).orchestrator.name; // => "arvo.orc.order"
 * factory.complete({ source: 'arvo.orc.order', subject: event.subject, data: { total: 3 } }).type; // => "arvo.orc.order.done"
 * ```
 */
export class ArvoOrchestratorEventFactory<
  TContract extends VersionedArvoContract<any, any>,
> extends ArvoEventFactory<TContract> {
  /**
   * The event that begins a workflow.
   *
   * @throws {ArvoFactoryError} as {@link ArvoEventFactory.accepts}, and when the contract is no orchestrator's.
   */
  init<TExtension extends CloudEventExtension = CloudEventExtension>(
    event: Made<In<Accepted<TContract>>>,
    extensions?: TExtension,
  ): ArvoEvent<Out<Accepted<TContract>>, TExtension, TContract['accepts']['type']> {
    return this.make('init', event, extensions, this.contract.accepts.schema);
  }

  /**
   * The event that ends a workflow.
   *
   * @throws {ArvoFactoryError} as {@link ArvoOrchestratorEventFactory.init}.
   */
  complete<TExtension extends CloudEventExtension = CloudEventExtension>(
    event: Made<In<Completed<TContract>>>,
    extensions?: TExtension,
  ): ArvoEvent<Out<Completed<TContract>>, TExtension, TContract['metadata']['completeEventType']> {
    return this.make('complete', event, extensions, this.contract.emits[this.contract.metadata?.completeEventType]);
  }
}

/**
 * The factory of a contract version.
 *
 * @example
 * ```ts
 * import { createArvoContract, createArvoEventFactory } from 'arvo';
 *
 * const contract = createArvoContract({ uri: '#/ping', type: 'com.ping.send', versions: { '1.0.0': { accepts: {}, emits: {} } } });
 * createArvoEventFactory(contract.version('latest')).accepts({ source: 'com.shop.web', data: {} }).to; // => "com.ping.send"
 * ```
 */
export function createArvoEventFactory<TContract extends VersionedArvoContract<any, any>>(
  contract: TContract,
): ArvoEventFactory<TContract> {
  return new ArvoEventFactory(contract);
}

/**
 * The factory of an orchestrator contract's version.
 *
 * @throws {ArvoFactoryError} when the contract is no orchestrator's.
 *
 * @example
 * ```ts
 * import { createArvoContract, createArvoOrchestratorEventFactory } from 'arvo';
 *
 * const contract = createArvoContract({ uri: '#/ping', type: 'com.ping.send', versions: { '1.0.0': { accepts: {}, emits: {} } } });
 * try {
 *   createArvoOrchestratorEventFactory(contract.version('1.0.0'));
 * } catch (error) {
 *   (error as Error).message; // => "This factory can only be used for ArvoOrchestratorContract"
 * }
 * ```
 */
export function createArvoOrchestratorEventFactory<TContract extends VersionedArvoContract<any, any>>(
  contract: TContract,
): ArvoOrchestratorEventFactory<TContract> {
  const refused = backingOf(contractOf(contract)).contract.orchestratorOnly();
  if (refused !== '') throw failureOf(refused);
  return new ArvoOrchestratorEventFactory(contract);
}

/**
 * The data of a system error event that tells of an error.
 *
 * @example
 * ```ts
 * import { createArvoError } from 'arvo';
 *
 * createArvoError(new TypeError('no')).errorName; // => "TypeError"
 * ```
 */
export function createArvoError(error: Error): ArvoErrorType {
  const { name, message, stack } = tellOf(error);
  return { errorName: name ?? 'Error', errorMessage: message, errorStack: stack ?? null };
}
