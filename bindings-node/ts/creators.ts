// Creators of actions and guards, by XState's names. What they make is the core's form, with functions in it.

import { FORM } from './machine-forms.js';
import type { ActionFunction, AnyMachineEvent, GuardFunction, MachineArgs } from './machine-types.js';

type Make<TContext, TEvent, TParams, T> = (args: MachineArgs<TContext, TEvent>, params: TParams) => T;

// TypeScript's own NoInfer, for those before 5.4 too.
type Given<T> = [T][T extends any ? 0 : never];

/**
 * Changes the context: it is overlaid with the object, one level deep. Every field may be a function; all of them see
 * the context as it was.
 *
 * @example
 * ```ts
 * import { assign, compileChart } from 'arvo';
 *
 * const counter = compileChart({
 *   context: { count: 1 },
 *   on: { add: { actions: assign({ count: ({ context, event }) => context.count + event.by }) } },
 * });
 * const { snapshot } = counter.start();
 * counter.resume(snapshot, { type: 'add', by: 2 }).snapshot.context; // => { count: 3 }
 * ```
 */
export function assign<TContext extends object = any, TEvent = any, TParams = any>(
  // What is assigned says too little of its field, which may hold more: the context is that of where the action stands.
  assignment:
    | Make<Given<TContext>, TEvent, TParams, Partial<Given<TContext>>>
    | {
        [K in keyof Given<TContext>]?: Make<Given<TContext>, TEvent, TParams, Given<TContext>[K]> | Given<TContext>[K];
      },
): ActionFunction<TContext, TEvent, TParams, never> {
  return made({ assign: assignment });
}

/**
 * Hands out an event: an orchestrator sends it.
 *
 * @example
 * ```ts
 * import { compileChart, emit } from 'arvo';
 *
 * const chart = compileChart({
 *   context: { id: 'o1' },
 *   entry: emit(({ context }) => ({ type: 'com.order.pay', data: { id: context.id } })),
 * });
 * chart.start().emitted; // => [{ type: "com.order.pay", data: { id: "o1" } }]
 * ```
 */
export function emit<TContext = any, TEvent = any, TEmitted extends AnyMachineEvent = AnyMachineEvent, TParams = any>(
  event: TEmitted | Make<TContext, TEvent, TParams, TEmitted>,
): ActionFunction<TContext, TEvent, TParams, TEmitted> {
  return made({ emit: event });
}

/**
 * Gives the machine an event of its own, which it takes within the same step.
 *
 * @example
 * ```ts
 * import { compileChart, raise } from 'arvo';
 *
 * const chart = compileChart({
 *   initial: 'a',
 *   states: { a: { entry: raise({ type: 'go' }), on: { go: 'b' } }, b: {} },
 * });
 * chart.start().snapshot.value; // => "b"
 * ```
 */
export function raise<TContext = any, TEvent = any, TParams = any>(
  event: AnyMachineEvent | Make<TContext, TEvent, TParams, AnyMachineEvent>,
): ActionFunction<TContext, TEvent, TParams, never> {
  return made({ raise: event });
}

/** Writes a line for a developer, by `console.log`; without a value, the context and the event. */
export function log<TContext = any, TEvent = any, TParams = any>(
  value: string | Make<TContext, TEvent, TParams, unknown> = ({ context, event }) => ({ context, event }),
  label?: string,
): ActionFunction<TContext, TEvent, TParams, never> {
  return made({ log: value, label });
}

/** What an {@link enqueueActions} function adds actions by. */
export interface Enqueue<TContext, TEvent, TEmitted = any> {
  /** One more action: a name, a function, or what a creator made. */
  (action: unknown): void;
  assign(assignment: Parameters<typeof assign<TContext & object, TEvent>>[0]): void;
  emit(event: TEmitted | Make<TContext, TEvent, undefined, TEmitted>): void;
  raise(event: AnyMachineEvent | Make<TContext, TEvent, undefined, AnyMachineEvent>): void;
  log(value: string | Make<TContext, TEvent, undefined, unknown>, label?: string): void;
}

/**
 * Chooses actions by a function, which are then run in its place. `check` judges a guard, by name or as a function,
 * with the context before them.
 *
 * @example
 * ```ts
 * import { compileChart, enqueueActions } from 'arvo';
 *
 * const chart = compileChart({
 *   context: { total: 120, rebate: 0 },
 *   entry: enqueueActions(({ enqueue, check }) => {
 *     if (check(({ context }: any) => context.total > 100)) enqueue.assign({ rebate: 12 });
 *   }),
 * });
 * chart.start().snapshot.context; // => { total: 120, rebate: 12 }
 * ```
 */
export function enqueueActions<TContext = any, TEvent = any, TEmitted = any, TParams = any>(
  collect: (
    args: MachineArgs<TContext, TEvent> & {
      enqueue: Enqueue<TContext, TEvent, TEmitted>;
      check: (guard: unknown) => boolean;
    },
    params: TParams,
  ) => void,
): ActionFunction<TContext, TEvent, TParams, TEmitted> {
  return made({ enqueueActions: collect });
}

/** What a combined guard is made of. */
type Part<TContext, TEvent> = string | { type: string; params?: any } | GuardFunction<TContext, TEvent>;

/** Passes if all do. */
export function and<TContext = any, TEvent = any>(
  guards: readonly Part<TContext, TEvent>[],
): GuardFunction<TContext, TEvent> {
  return made({ and: guards });
}

/** Passes if one does. */
export function or<TContext = any, TEvent = any>(
  guards: readonly Part<TContext, TEvent>[],
): GuardFunction<TContext, TEvent> {
  return made({ or: guards });
}

/** Passes if the guard does not. */
export function not<TContext = any, TEvent = any>(guard: Part<TContext, TEvent>): GuardFunction<TContext, TEvent> {
  return made({ not: guard });
}

/**
 * Passes in a state: `#id`, a path such as `a.b`, or a state value.
 *
 * @example
 * ```ts
 * import { and, compileChart, not, stateIn } from 'arvo';
 *
 * const chart = compileChart({
 *   initial: 'a',
 *   states: { a: { on: { go: { guard: and([stateIn('a'), not(stateIn('b'))]), target: 'b' } } }, b: {} },
 * });
 * chart.resume(chart.start().snapshot, { type: 'go' }).snapshot.value; // => "b"
 * ```
 */
export function stateIn<TContext = any, TEvent = any>(value: string | object): GuardFunction<TContext, TEvent> {
  return made({ stateIn: value });
}

/** The creators that the reference exports by this name. */
export const xstate = { assign, emit } as const;

/** What a creator gives: the type of a function, so that types are inferred; a machine takes its form. */
function made(form: object): () => never {
  const call = (): never => {
    throw new TypeError(`this is made by ${Object.keys(form)[0]}(): give it to a machine, which runs it`);
  };
  return Object.assign(call, { [FORM]: form });
}
