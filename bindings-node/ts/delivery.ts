// How handlers of this package take what a broker delivers: by its number. Neither the event nor the answers cross.

import type { ArvoEvent } from './event.js';
import type { Ended } from './execution.js';
import type { IArvoEventHandler } from './handler-types.js';
import type { NativeBroker } from './native.js';

/** Handles a delivery of that broker, which is its answer's place too. */
export type Receive = (event: ArvoEvent<any, any, any>, broker: NativeBroker, delivery: number) => Promise<Ended>;

const known = new WeakMap<IArvoEventHandler, { execute: unknown; receive: Receive }>();

/** Says how a handler takes deliveries, for as long as its `execute` is this one. */
export function receives(handler: IArvoEventHandler, execute: unknown, receive: Receive): void {
  known.set(handler, { execute, receive });
}

/** How a handler takes deliveries, unless it is of another make or its `execute` was replaced. */
export function receiveOf(handler: IArvoEventHandler): Receive | undefined {
  const found = known.get(handler);
  return found?.execute === handler.execute ? found?.receive : undefined;
}
