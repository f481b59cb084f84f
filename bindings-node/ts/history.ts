// What happened: histories of events as a timeline for a terminal and as a sequence diagram.

import { ArvoEvent, textOf } from './event.js';
import { native } from './native.js';
import type { Posting } from './store-rows.js';
import { answered } from './text.js';

/** A history, in order: the events of a broker, or what `Store.history` gives. */
export type History = Iterable<ArvoEvent<any, any, any> | Posting>;

/**
 * What happened, a line for each event, without a line feed at its end.
 *
 * A line has the event's number, the time since the first event, its place among the events that it came from and led
 * to, who sent it to whom, its type, the end of its id, and what there is to remark: its domain, what it cost, what
 * became of it. Lines are cut to `width` columns; of more than `most` events the first and the last are shown.
 *
 * @throws {ArvoEventError} The history holds something else than events and deliveries.
 * @throws {RangeError} `width` or `most` is no whole number from 0.
 * @example
 * ```ts
 * import { createArvoEvent, timeline } from 'arvo';
 *
 * const event = createArvoEvent({ source: 'com.shop.web', type: 'com.stock.take', subject: 'order/17', data: {} });
 * timeline([event], { width: 65 }).split('\n');
 * // => ["1 event in 0 ms", "1  +0 ms  ●  com.shop.web → com.stock.take  com.stock.take  …"]
 * ```
 */
export function timeline(
  history: History,
  { width = 120, most = 1000 }: { width?: number; most?: number } = {},
): string {
  return JSON.parse(answered(native.timeline(deliveriesOf(history), size('width', width), size('most', most))));
}

/**
 * What happened, as a Mermaid `sequenceDiagram`, which Markdown on GitHub and many editors draw.
 *
 * Requests are solid arrows, answers are dashed, a system error ends in a cross, an event that leaves for a domain in an
 * open arrow. The arrows' numbers are those of {@link timeline}. Of more than `most` events, or more than Mermaid draws,
 * the first and the last are shown.
 *
 * @throws {ArvoEventError} The history holds something else than events and deliveries.
 * @throws {RangeError} `most` is no whole number from 0.
 * @example
 * ```ts
 * import { createArvoEvent, sequenceDiagram } from 'arvo';
 *
 * const event = createArvoEvent({ source: 'com.shop.web', type: 'com.stock.take', subject: 'order/17', data: {} });
 * sequenceDiagram([event]).split('\n').at(-2); // => "    p1->>p2: com.stock.take"
 * ```
 */
export function sequenceDiagram(history: History, { most = 200 }: { most?: number } = {}): string {
  return JSON.parse(answered(native.sequenceDiagram(deliveriesOf(history), size('most', most))));
}

/** As it crosses: a broker's history tells of no consumers, states and tries. */
function deliveriesOf(history: History): string {
  const delivery = (each: ArvoEvent<any, any, any> | Posting) =>
    each instanceof ArvoEvent ? [textOf(each), '', '', 0] : [textOf(each.event), each.consumer, each.state, each.tries];
  return JSON.stringify(Array.from(history, delivery));
}

function size(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return Math.min(value, 2 ** 32 - 1);
  throw new RangeError(`${name} is ${value}; it must be a whole number from 0`);
}
