// How handlers of this package take what a broker or a worker delivers: by its number. Neither the event nor the answers
// cross.

import type { ArvoEvent } from './event.js';
import type { Ended } from './execution.js';
import type { IArvoEventHandler } from './handler-types.js';
import type { NativePlan, NativeSource, NativeWorkflow } from './native.js';

/** Handles a delivery of that broker or worker, which is its answer's place too. */
export type Receive = (event: ArvoEvent<any, any, any>, source: NativeSource, delivery: number) => Promise<Ended>;

type Known = { execute: unknown; receive: Receive; served: NativePlan | NativeWorkflow };

const known = new WeakMap<IArvoEventHandler, Known>();

/** Says how a handler takes deliveries, for as long as its `execute` is this one, and what it is in the addon. */
export function receives(handler: IArvoEventHandler, { execute, receive, served }: Known): void {
  known.set(handler, { execute, receive, served });
}

/** How a handler takes deliveries, unless it is of another make or its `execute` was replaced. */
export function receiveOf(handler: IArvoEventHandler): Receive | undefined {
  return servedOf(handler)?.receive;
}

/** The same, with what it is in the addon. */
export function servedOf(handler: IArvoEventHandler): Known | undefined {
  const found = known.get(handler);
  return found?.execute === handler.execute ? found : undefined;
}
