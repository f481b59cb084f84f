// How handlers of this package take what a broker or a worker delivers: by its number. Neither the event nor the answers
// cross.

import type { ArvoEvent } from './event.js';
import type { Ended } from './execution.js';
import type { IArvoEventHandler } from './handler-types.js';
import type { NativePlan, NativeWorkflow } from './native.js';

/** Handles a delivery of that broker or worker, by its number, which is its answer's place too. */
export type Receive = (event: ArvoEvent<any, any, any>, source: number, delivery: number) => Promise<Ended>;

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

const [COMMA, LINE, ZERO] = [0x2c, 0x0a, 0x30];

/**
 * Reads what a broker or a worker tells to do, and hands it out: each a letter with two numbers, and the text in the
 * lines behind them. It is the busiest text of all, so that it is read without making anything.
 */
export function handOut(
  told: string,
  hand: (letter: string, first: number, second: number, text: string) => void,
): void {
  for (let from = 0; from < told.length; ) {
    const cut = told.indexOf('\0', from);
    const end = cut < 0 ? told.length : cut;
    let [first, second] = [0, 0];
    let at = from + 1;
    for (; at < end; at += 1) {
      const code = told.charCodeAt(at);
      if (code === COMMA) [first, second] = [second, 0];
      else if (code !== LINE) second = second * 10 + code - ZERO;
      else break;
    }
    hand(told.charAt(from), first, second, told.slice(at + 1, end));
    from = end + 1;
  }
}
