// The types of a machine, inferred from its contracts and its `types`: what its functions get, and what it may emit.

import type { ArvoEvent } from './event.js';
import type { ArvoResumableFunctionOutput, ResumableServices, ServiceAnswer } from './resumable-types.js';
import type { In, Out } from './schema-types.js';
import type { ArvoEventData, ArvoEventIdParam, CloudEventExtension, InferArvoEvent } from './types.js';
import type { VersionedArvoContract } from './versioned.js';

/** What a machine's context may hold beside what is the user's own: the queue of `enqueueArvoEvent`, during a step. */
export type ArvoMachineContext = {
  arvo$$?: { volatile$$?: { [key: string]: any; eventQueue$$?: EnqueueArvoEventActionParam[] } };
};

/** An event that a machine hands out, by `emit` or the built-in action `enqueueArvoEvent`. */
export type EnqueueArvoEventActionParam<
  TData extends ArvoEventData = ArvoEventData,
  TType extends string = string,
  TExtension extends CloudEventExtension = CloudEventExtension,
> = {
  type: TType;
  data: TData;
  id?: ArvoEventIdParam;
  /** Else its type. */
  to?: string;
  accesscontrol?: string;
  redirectto?: string;
  dataschema?: string;
  /** Else the orchestrator's. */
  executionunits?: number;
  /** One event is emitted for each domain that the list resolves to. */
  domain?: (string | null)[];
  __extensions?: TExtension;
};

/** The events that a machine may send: those that its services accept. */
export type MachineEmitted<TServices extends ResumableServices> = {
  [K in keyof TServices]: EnqueueArvoEventActionParam<
    In<TServices[K]['accepts']['schema']>,
    TServices[K]['accepts']['type']
  >;
}[keyof TServices];

/** The event that begins a machine. */
export type MachineInput<TSelf extends VersionedArvoContract<any, any>> = InferArvoEvent<
  ArvoEvent<Out<TSelf['accepts']['schema']>, CloudEventExtension, TSelf['accepts']['type']>
>;

/** The data that a machine ends with. */
export type MachineOutput<TSelf extends VersionedArvoContract<any, any>> = NonNullable<
  ArvoResumableFunctionOutput<any, TSelf, any>['output']
>;

/** The events that a machine gets: answers of its services, and those that it raises itself. */
export type MachineEvent<TServices extends ResumableServices, TRaised extends { type: string }> =
  | ServiceAnswer<TServices>
  | TRaised;

/** Any event. */
export type AnyMachineEvent = { type: string; [key: string]: any };

/** What a function of a machine is given. A machine is synchronous: the last three raise when they are read. */
export type MachineArgs<TContext, TEvent> = {
  context: TContext;
  event: TEvent;
  self: never;
  system: never;
  spawn: never;
};

/** A guard: a function, or what a creator of this package or of XState made. */
export type GuardFunction<TContext, TEvent, TParams = any> = (
  args: MachineArgs<TContext, TEvent>,
  params: TParams,
) => unknown;

/** An action: a function, called for its effect, or what a creator of this package or of XState made. */
export interface ActionFunction<TContext, TEvent, TParams = any, TEmitted = any> {
  (args: MachineArgs<TContext, TEvent>, params: TParams): void;
  /** What it emits, for the compiler: it is never there. */
  _out_TEmitted?: TEmitted;
}

/** Named guards or actions, as a definition names them: with params where the implementation can't do without. */
type Named<TParams> = {
  [K in keyof TParams & string]: unknown extends TParams[K]
    ? K | { type: K; params?: any }
    : undefined extends TParams[K]
      ? K | { type: K; params?: Params<TParams[K]> }
      : { type: K; params: Params<TParams[K]> };
}[keyof TParams & string];

type Params<T> = T | ((args: any) => T);

/** What may stand where a guard may. */
export type MachineGuard<TContext, TEvent, TGuards> = Named<TGuards> | GuardFunction<TContext, TEvent> | { $: string };

/** What may stand where an action may. */
export type MachineAction<TContext, TEvent, TActions, TEmitted> =
  | Named<TActions>
  | 'enqueueArvoEvent'
  | {
      type: 'enqueueArvoEvent';
      params: TEmitted | ((args: MachineArgs<TContext, TEvent>) => TEmitted);
    }
  | ActionFunction<TContext, TEvent, any, TEmitted>;

type OneOrMore<T> = T | readonly T[];

/** A transition. */
export type MachineTransition<TContext, TEvent, TActions, TGuards, TEmitted> = {
  target?: string | readonly string[];
  guard?: MachineGuard<TContext, TEvent, TGuards>;
  actions?: OneOrMore<MachineAction<TContext, TEvent, TActions, TEmitted>>;
  reenter?: boolean;
  description?: string;
  meta?: Record<string, any>;
};

type Transitions<TContext, TEvent, TActions, TGuards, TEmitted> =
  | string
  | undefined
  | OneOrMore<MachineTransition<TContext, TEvent, TActions, TGuards, TEmitted>>;

type DoneEvent = { type: `xstate.done.state.${string}`; output: any };

/** The events that a descriptor stands for. */
type Described<TEvent extends { type: string }, TDescriptor> = TDescriptor extends TEvent['type']
  ? Extract<TEvent, { type: TDescriptor }>
  : TEvent;

/** A state. */
export type MachineState<TContext, TEvent extends { type: string }, TActions, TGuards, TEmitted> = {
  id?: string;
  type?: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  initial?: string | MachineTransition<TContext, TEvent, TActions, TGuards, TEmitted> | undefined;
  states?: { [key: string]: MachineState<TContext, TEvent, TActions, TGuards, TEmitted> };
  entry?: OneOrMore<MachineAction<TContext, TEvent, TActions, TEmitted>>;
  exit?: OneOrMore<MachineAction<TContext, TEvent, TActions, TEmitted>>;
  on?: {
    [K in TEvent['type'] | '*' | `${string}.*`]?: Transitions<
      TContext,
      Described<TEvent, K>,
      TActions,
      TGuards,
      TEmitted
    >;
  };
  always?: Transitions<TContext, TEvent, TActions, TGuards, TEmitted>;
  onDone?: Transitions<TContext, DoneEvent, TActions, TGuards, TEmitted>;
  output?: unknown;
  history?: 'shallow' | 'deep' | boolean;
  target?: string | readonly string[];
  tags?: string | readonly string[];
  meta?: Record<string, any>;
  description?: string;
};

/** A machine's definition: that of XState 5, its synchronous part. */
export type MachineConfig<
  TSelf extends VersionedArvoContract<any, any>,
  TContext,
  TEvent extends { type: string },
  TActions,
  TGuards,
  TEmitted,
> = Omit<MachineState<TContext, TEvent, TActions, TGuards, TEmitted>, 'output'> & {
  id: string;
  /** The version of its contract, which is what it is if left out. */
  version?: TSelf['version'];
  context?: TContext | ((args: { input: MachineInput<TSelf> }) => TContext);
  output?:
    | MachineOutput<TSelf>
    | ((args: { context: TContext; event: DoneEvent }) => MachineOutput<TSelf> | null | undefined);
};
