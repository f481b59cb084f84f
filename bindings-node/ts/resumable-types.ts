// The types of a resumable's functions, inferred from its contracts: what they get, and what they may return.

import type { ArvoContract } from './contract.js';
import type { ArvoEvent } from './event.js';
import type { ArvoEventHandlerOtelSpanOptions, Written } from './handler-types.js';
import type { MachineMemory } from './memory.js';
import type { In, Out } from './schema-types.js';
import type { ExecutionSpan } from './span.js';
import type {
  ArvoErrorType,
  ArvoEventIdParam,
  ArvoSemanticVersion,
  CloudEventExtension,
  InferArvoEvent,
} from './types.js';
import type { VersionedArvoContract } from './versioned.js';

/** The services of a workflow, by names of its own. */
export type ResumableServices = Record<string, VersionedArvoContract<any, any>>;

type Plain<TType extends string, TData> = InferArvoEvent<
  ArvoEvent<TData extends Record<string, any> ? TData : never, CloudEventExtension, TType>
>;

/** The events that may come back from a service. */
type AnswerOf<TService extends VersionedArvoContract<any, any>> =
  | { [K in keyof TService['emits'] & string]: Plain<K, Out<TService['emits'][K]>> }[keyof TService['emits'] & string]
  | Plain<TService['systemError']['type'], ArvoErrorType>;

/** The events that may come back from any of them. */
export type ServiceAnswer<TServices extends ResumableServices> = {
  [K in keyof TServices]: AnswerOf<TServices[K]>;
}[keyof TServices];

/** What is sent to a service. */
type RequestOf<TService extends VersionedArvoContract<any, any>> = {
  type: Written<TService['accepts']['type']>;
  data: In<TService['accepts']['schema']>;
  id?: ArvoEventIdParam;
  time?: string;
  to?: string | null;
  accesscontrol?: string | null;
  redirectto?: string | null;
  /** Else the workflow's. */
  executionunits?: number | null;
  /** One event is emitted for each domain that the list resolves to. */
  domain?: (string | null)[];
  /**
   * Not to be handled before: milliseconds since 1970, a date, or its text. A durable timer where a worker's store keeps
   * the event; it is no part of the event.
   */
  deliverat?: number | Date | string | null;
  __extensions?: CloudEventExtension;
};

/** The record of a workflow whose context is a `T`, as memories keep it. */
export type ArvoResumableState<T extends Record<string, any> = Record<string, any>> = {
  /** `failure` once a function threw; such a workflow takes no event any more. */
  executionStatus?: 'normal' | 'failure';
  /** `done` once it returned its output. */
  status: 'active' | 'done';
  subject: string;
  /** The subject of the workflow that called it, or null. */
  parentSubject: string | null;
  /** The id of the event that began it. */
  initEventId: string;
  events: {
    /** The event of the last call. */
    consumed: InferArvoEvent<ArvoEvent> | null;
    /** What the last call sent. */
    produced: InferArvoEvent<ArvoEvent>[];
    /** The answers so far to each event last sent, by the id of that. */
    expected: Record<string, InferArvoEvent<ArvoEvent>[]> | null;
  };
  /** The context that the last call left, or null. */
  state$$: T | null;
};

/** What a function of a workflow is given. */
export type ArvoResumableFunctionInput<
  TContext,
  TSelf extends VersionedArvoContract<any, any>,
  TServices extends ResumableServices,
> = {
  /** The state that the last call left, or null. */
  context: TContext | null;
  /** The event that begins the workflow, if it is that one. */
  input: Plain<TSelf['accepts']['type'], Out<TSelf['accepts']['schema']>> | null;
  /** The answer of a service, if it is one. */
  service: ServiceAnswer<TServices> | null;
  /** The answers so far to the events last sent, by type. They are read when this is. */
  readonly collectedEvents: {
    [K in ServiceAnswer<TServices>['type']]?: Extract<ServiceAnswer<TServices>, { type: K }>[];
  };
  /** The workflow's record, this event already in it; null at the beginning. It is read when this is. */
  readonly metadata: Omit<ArvoResumableState, 'state$$'> | null;
  /** The domain of the workflow's contract, and that of the event. */
  domain: { self: string | null; event: string | null };
  /** The version that is being handled, and the services. */
  contracts: { self: TSelf; services: TServices };
  /** The span of the execution: OpenTelemetry's, or where nobody records one that does nothing. */
  span: ExecutionSpan;
};

/** What a function of a workflow may return. */
export type ArvoResumableFunctionOutput<
  TContext,
  TSelf extends VersionedArvoContract<any, any>,
  TServices extends ResumableServices,
> = {
  /** The state from now on; left out, it stays. */
  context?: TContext;
  /** Ends the workflow: the data of its last event. */
  output?: In<TSelf['emits'][keyof TSelf['emits']]> & {
    __id?: ArvoEventIdParam;
    __domain?: (string | null)[];
    __executionunits?: number;
  };
  /** What is sent to services. */
  services?: { [K in keyof TServices]: RequestOf<TServices[K]> }[keyof TServices][];
};

/** A function of a workflow; it is called for each of the workflow's events. */
export type ArvoResumableFunction<
  TContext,
  TSelf extends VersionedArvoContract<any, any>,
  TServices extends ResumableServices,
> = (input: ArvoResumableFunctionInput<TContext, TSelf, TServices>) => Answer<TContext, TSelf, TServices>;

type Answer<TContext, TSelf extends VersionedArvoContract<any, any>, TServices extends ResumableServices> =
  | Promise<Returned<TContext, TSelf, TServices>>
  | Returned<TContext, TSelf, TServices>;

type Returned<TContext, TSelf extends VersionedArvoContract<any, any>, TServices extends ResumableServices> =
  | ArvoResumableFunctionOutput<TContext, TSelf, TServices>
  // biome-ignore lint/suspicious/noConfusingVoidType: a function may end without a `return`
  | void
  | null;

/**
 * The functions of a workflow, written apart from it: of the type of its context, or of its record as the reference has it
 * (`ArvoResumableHandler<ArvoResumableState<Progress>, …>`).
 */
export type ArvoResumableHandler<
  TState,
  TSelf extends ArvoContract<any, any, any, any>,
  TServices extends ResumableServices,
> = ResumableFunctions<[TState] extends [ArvoResumableState<infer T>] ? T : TState, TSelf, TServices>;

/** The functions of a workflow: one for each version of its contract. */
export type ResumableFunctions<
  TContext,
  TSelf extends ArvoContract<any, any, any, any>,
  TServices extends ResumableServices,
> = {
  [V in ArvoSemanticVersion & keyof TSelf['versions']]: Settled<
    TContext,
    VersionedArvoContract<TSelf, V>,
    TServices
  >['function'];
};

/**
 * A conditional type, so that TypeScript takes the contracts before it looks into a function: a text in what that returns
 * is then one of those that are wanted. The function is looked up in it, and so known where services are a type parameter.
 */
type Settled<TContext, TSelf extends VersionedArvoContract<any, any>, TServices extends ResumableServices> = [
  TServices,
] extends [infer T extends ResumableServices]
  ? { function: (input: ArvoResumableFunctionInput<TContext, TSelf, TServices>) => Answer<TContext, TSelf, T> }
  : never;

/** What a resumable is made of. */
export type ArvoResumableParam<
  TContext,
  TSelf extends ArvoContract<any, any, any, any>,
  TServices extends ResumableServices,
> = {
  /** Its own contract, an orchestrator's, and the services that it may call. */
  contracts: { self: TSelf; services: TServices };
  /** The type of its context: `types: { context: {} as Progress }`. It is never read. */
  types?: { context?: TContext };
  /** Where its workflows are kept; left out, in this process. On a {@link Worker} they are in its store in any case. */
  memory?: MachineMemory<any>;
  /** Its functions. */
  handler: ResumableFunctions<TContext, TSelf, TServices>;
  /** What one event costs, in units of the application's own. */
  executionunits?: number;
  /** Whether to lock; left out, with more than one service. */
  requiresResourceLocking?: boolean;
  /** The domains of events whose output names none. */
  defaultEventEmissionDomains?: {
    services?: (string | null)[];
    complete?: (string | null)[];
    systemError?: (string | null)[];
  };
  /** What is different about the spans of its executions. */
  spanOptions?: ArvoEventHandlerOtelSpanOptions;
};
