// The types of a handler's functions, inferred from its contract: the data it gets, and what it may emit.

import type { ArvoContract } from './contract.js';
import type { ArvoEvent } from './event.js';
import type { In, Out } from './schema-types.js';
import type { ExecutionSpan } from './span.js';
import type {
  ArvoEventIdParam,
  ArvoSemanticVersion,
  CloudEventExtension,
  InferArvoEvent,
  OpenTelemetryHeaders,
} from './types.js';
import type { VersionedArvoContract } from './versioned.js';

/** What a function of a handler is given. */
export type ArvoEventHandlerFunctionInput<TContract extends VersionedArvoContract<any, any>> = {
  /** The event as plain JSON, its data validated: defaults filled, unknown keys stripped where the schema says so. */
  event: InferArvoEvent<
    ArvoEvent<Out<TContract['accepts']['schema']>, CloudEventExtension, TContract['accepts']['type']>
  >;
  /** The handler's source: the type that its contract accepts. */
  source: TContract['accepts']['type'];
  /** The version that is being handled. */
  contract: TContract;
  /** The domain of the handler's contract, and that of the event. */
  domain: { self: string | null; event: string | null };
  /** The span of the execution: OpenTelemetry's, or where nobody records one that does nothing. */
  span: ExecutionSpan;
  /** Its headers, as events carry them; null where nobody records. */
  spanHeaders: OpenTelemetryHeaders;
};

/** One event that a function of a handler returns; a union over the emitted types. */
export type ArvoEventHandlerFunctionOutput<TContract extends VersionedArvoContract<any, any>> = {
  [K in keyof TContract['emits'] & string]: {
    type: Written<K>;
    data: In<TContract['emits'][K]>;
    id?: ArvoEventIdParam;
    time?: string;
    /** Who shall get it; else the event's `redirectto`, else its source. */
    to?: string | null;
    accesscontrol?: string | null;
    redirectto?: string | null;
    /** Else the handler's. */
    executionunits?: number | null;
    /** One event is emitted for each domain that the list resolves to (see {@link ArvoDomain}). */
    domain?: (string | null)[];
    /**
     * Not to be handled before: milliseconds since 1970, a date, or its text. A durable timer where a worker's store keeps
     * the event; it is no part of the event.
     */
    deliverat?: number | Date | string | null;
    __extensions?: CloudEventExtension;
  };
}[keyof TContract['emits'] & string];

/**
 * A type of events as it is written in a program. Where a contract may be any, it is any text; the form of one then keeps
 * TypeScript from widening what is written before the contract is known.
 */
export type Written<TType extends string> = string extends TType
  ? (string & { readonly _?: never }) | `${string}.${string}`
  : TType;

/** A function of a handler; it returns nothing, one output, or a list of them. */
export type VersionFunction<TContract extends VersionedArvoContract<any, any>> = (
  input: ArvoEventHandlerFunctionInput<TContract>,
) => Returned<TContract> | Promise<Returned<TContract>>;

type Returned<TContract extends VersionedArvoContract<any, any>> =
  | ArvoEventHandlerFunctionOutput<TContract>
  | ArvoEventHandlerFunctionOutput<TContract>[]
  // biome-ignore lint/suspicious/noConfusingVoidType: a function may end without a `return`
  | void
  | null;

/**
 * The functions of a handler: one for each version of its contract. A conditional type, so that TypeScript takes the
 * contract before it looks into a function: a text in what that returns is then one of those that are wanted.
 */
export type ArvoEventHandlerFunction<TContract extends ArvoContract<any, any, any, any>> = {
  [V in ArvoSemanticVersion & keyof TContract['versions']]: [TContract] extends [
    infer T extends ArvoContract<any, any, any, any>,
  ]
    ? VersionFunction<VersionedArvoContract<T, V>>
    : never;
};

/** What a handler is made of. */
export type ArvoEventHandlerParam<TContract extends ArvoContract<any, any, any, any>> = {
  /** The contract that it serves. */
  contract: TContract;
  /** What handling one event costs, in units of the application's own. */
  executionunits?: number;
  /** Its functions. */
  handler: ArvoEventHandlerFunction<TContract>;
  /** The domains of events whose output names none; the default is where the conversation takes place. */
  defaultEventEmissionDomains?: {
    emits?: (string | null)[];
    systemError?: (string | null)[];
  };
  /** What is different about the spans of its executions. */
  spanOptions?: ArvoEventHandlerOtelSpanOptions;
};

/** What is different about the spans of a handler or workflow. */
export type ArvoEventHandlerOtelSpanOptions = {
  /** Their name, or how it is made. */
  spanName?: string | ((param: { selfContractUri: string; consumedEvent: ArvoEvent<any, any, any> }) => string);
  /** Attributes of theirs; they may override the kinds of spans, but not what an execution says of itself. */
  attributes?: Record<string, string | number | boolean>;
};

/** Whose child an execution's span is. */
export type ArvoEventHandlerOpenTelemetryOptions = {
  /**
   * That of the event's trace headers, as if nothing is said, or of the span that is active. An event without headers
   * leaves it to the latter.
   */
  inheritFrom?: 'EVENT' | 'CONTEXT';
};

/** How one event is executed. */
export type ExecuteOptions = ArvoEventHandlerOpenTelemetryOptions & {
  /** Gives up on a function that does not answer: `execute` fails with an {@link ExecutionViolation}. */
  signal?: AbortSignal;
};

/** Anything that handles events. */
export interface IArvoEventHandler {
  /** The type that it accepts, and the source of what it emits. */
  readonly source: string;
  /** The processing context that it works in. */
  readonly domain?: string | null;
  /** Handles one event. */
  execute(event: ArvoEvent<any, any, any>, options?: ExecuteOptions): Promise<{ events: ArvoEvent<any, any, any>[] }>;
}

/** Makes a handler, of what it depends on if that is named. */
export type EventHandlerFactory<T = void> = T extends void ? () => IArvoEventHandler : (config: T) => IArvoEventHandler;

/** Everything optional but the keys `K`. */
export type PartialExcept<T, K extends keyof T> = Partial<Omit<T, K>> & Pick<T, K>;
