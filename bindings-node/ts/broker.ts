// The local broker: events go to whoever has their topic, answers are published, until nothing is left (SPEC §15).

import { handOut, receiveOf } from './delivery.js';
import { type ArvoEvent, eventOf, textOf } from './event.js';
import type { IArvoEventHandler } from './handler-types.js';
import { type NativeBroker, native } from './native.js';
import { measureQueue } from './opentelemetry.js';
import { ArvoOrchestrator } from './orchestrator.js';
import { ArvoResumable } from './resumable.js';
import { answered } from './text.js';

type AnyEvent = ArvoEvent<any, any, any>;
type Waiter<T> = { resolve: (value: T) => void; reject: (reason: unknown) => void };

/** Does with a delivery what must be done, answers it, and gives the work that this made; what it throws fails it. */
type Receiver = (delivery: number, event: AnyEvent) => Promise<{ work?: string }>;

/** Takes the events of a topic. */
export type EventSubscriber = (event: AnyEvent) => Promise<void> | void;

/** Told of every failure: what was thrown, and with which event. */
export type BrokerErrorHandler = (error: Error, event: AnyEvent) => void;

/** What a callback for events that leave the local flow is given. */
export type DomainedEvent = {
  /** The event's domain. */
  domain: string;
  /** The event. */
  event: AnyEvent;
  /** What is published here belongs to the same conversation: `resolve` waits for it. */
  broker: SimpleEventBroker;
};

/** How long an answer is waited for. */
export type ResolveOptions = {
  /** Gives up; `resolve` fails with its reason. */
  signal?: AbortSignal;
  /** Gives up after so many milliseconds; `resolve` fails with a `TimeoutError`. */
  timeout?: number;
};

/** How many events may wait where nothing else is said. */
const QUEUE = 100_000;

/** The longest time that timers have, in milliseconds: 25 days. One that is longer is no limit. */
const LONGEST = 2 ** 31 - 1;

/** In the place of work: there is more to be asked for. */
const MORE = '+';

/** Runs what the dispatcher hands out, all of it at the same time. */
class Loop {
  readonly native: NativeBroker;
  readonly number: number;
  readonly subscribers = new Map<number, Receiver>();
  readonly onError: BrokerErrorHandler;
  onDomained: ((event: AnyEvent, domain: string, errand: number) => unknown) | undefined;
  #events: AnyEvent[] = [];
  /** Work that was told and not handed out yet, in order. */
  readonly #due: string[] = [];
  #isRunning = false;
  readonly #resolving = new Map<number, Waiter<AnyEvent | null>>();
  #idle: (() => void)[] = [];

  constructor(limit: number, onError: BrokerErrorHandler) {
    this.native = new native.NodeBroker(limit);
    this.number = this.native.number();
    this.onError = onError;
  }

  /** Publishes; whoever does so while the broker is at rest waits until it rests again. */
  async publish(event: AnyEvent, errand?: number): Promise<void> {
    const isFirst = this.native.isQuiet();
    answered(this.native.publish(textOf(event), errand));
    this.#measure();
    const end = isFirst ? new Promise<void>((resolve) => void this.#idle.push(resolve)) : undefined;
    this.run();
    await end;
  }

  resolve(event: AnyEvent, { signal, timeout }: ResolveOptions): Promise<AnyEvent | null> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const errand = Number(answered(this.native.resolve(textOf(event))));
      this.#measure();
      let timer: NodeJS.Timeout | undefined;
      const settle = () => {
        this.#resolving.delete(errand);
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
      };
      const giveUp = (reason: unknown) => {
        settle();
        this.native.forget(errand);
        reject(reason);
      };
      const aborted = () => giveUp(signal?.reason);
      signal?.addEventListener('abort', aborted, { once: true });
      if (timeout !== undefined && timeout <= LONGEST)
        timer = setTimeout(
          () => giveUp(new DOMException(`nothing came back within ${timeout} ms`, 'TimeoutError')),
          timeout,
        );
      this.#resolving.set(errand, {
        reject: giveUp,
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
      });
      this.run();
    });
  }

  /**
   * Hands out work, and what that makes. Left out, it is asked for: once the callback that published has returned, so
   * that until then its events count as queued.
   */
  run(work = this.#isRunning ? MORE : this.native.next()): void {
    if (work !== '') this.#due.push(work);
    if (this.#isRunning) return; // a callback published, or answered at once: the loop below goes on with that
    this.#isRunning = true;
    try {
      for (let due = this.#due.shift(); due !== undefined; due = this.#due.shift()) {
        handOut(due, this.#hand);
      }
    } finally {
      this.#isRunning = false;
      this.#measure();
    }
    if (this.#idle.length > 0 && this.native.isQuiet()) {
      const waiting = this.#idle;
      this.#idle = [];
      for (const wake of waiting) wake();
    }
  }

  /** All events published so far; each is made once. */
  events(): AnyEvent[] {
    const all = this.native.published();
    while (this.#events.length < all) this.#events.push(eventOf(this.native.publishedAt(this.#events.length)));
    return [...this.#events];
  }

  forgetEvents(): void {
    this.native.clearHistory();
    this.#events = [];
  }

  readonly #hand = (letter: string, first: number, second: number, text: string): void => {
    switch (letter) {
      case MORE:
        this.run(this.native.next());
        break;
      case 'R':
        this.#resolving.get(first)?.resolve(text === '' ? null : eventOf(text));
        break;
      case 'F': {
        const line = text.indexOf('\n');
        this.#tell(new Error(JSON.parse(text.slice(0, line))), eventOf(text.slice(line + 1)));
        break;
      }
      case 'E':
        void this.#deliver(first, eventOf(text), this.subscribers.get(second));
        break;
      default:
        void this.#deliver(first, eventOf(text), async (delivery, event) => {
          await this.onDomained?.(event, event.domain as string, second);
          return this.answer(delivery, []);
        });
    }
  };

  /** A delivery gave these events. */
  answer(delivery: number, events: AnyEvent[]): { work: string } {
    answered(this.native.answer(delivery, `[${events.map(textOf).join()}]`));
    return { work: this.native.next() };
  }

  async #deliver(delivery: number, event: AnyEvent, receiver: Receiver | undefined): Promise<void> {
    let work: string | undefined;
    try {
      // Without a receiver it has unsubscribed meanwhile.
      ({ work } = receiver === undefined ? this.answer(delivery, []) : await receiver(delivery, event));
    } catch (thrown) {
      this.native.fail(delivery);
      this.#tell(thrown, event);
      work = this.native.next();
    }
    this.run(work ?? '');
  }

  #measure(): void {
    measureQueue(() => this.native.queued());
  }

  #tell(thrown: unknown, event: AnyEvent): void {
    try {
      this.onError(thrown as Error, event);
    } catch (error) {
      console.error(error); // the last who can be told; the others' events go on
    }
  }
}

/** How the rest of this file makes brokers of one loop. */
class Within {
  constructor(
    readonly loop: Loop,
    readonly errand?: number,
  ) {}
}

let loopOf: (broker: SimpleEventBroker) => Loop;

/**
 * Delivers events inside this process by their `to`: first in, first out, all subscribers at the same time.
 *
 * @example
 * ```ts
 * import { createArvoEvent, SimpleEventBroker } from 'arvo';
 *
 * const broker = new SimpleEventBroker();
 * const seen: string[] = [];
 * broker.subscribe('com.order.place', (event) => void seen.push(event.id));
 * await broker.publish(createArvoEvent({ id: { deduplication: 'DEVELOPER_MANAGED', value: 'e1' }, source: 'com.shop.web', type: 'com.order.place', subject: 'order/1', data: {} }));
 * seen; // => ["e1"]
 * broker.topics; // => ["com.order.place"]
 * ```
 */
export class SimpleEventBroker {
  readonly #loop: Loop;
  readonly #errand: number | undefined;

  /** `maxQueueSize`: how many events may wait; `errorHandler`: told of every failure, else the console is. */
  constructor(options?: { maxQueueSize?: number; errorHandler?: BrokerErrorHandler });
  constructor(options: { maxQueueSize?: number; errorHandler?: BrokerErrorHandler } | Within = {}) {
    if (options instanceof Within) {
      this.#loop = options.loop;
      this.#errand = options.errand;
      return;
    }
    this.#loop = new Loop(options.maxQueueSize ?? QUEUE, options.errorHandler ?? ((error) => console.error(error)));
  }

  /**
   * Gives the events of a topic to `handler`, which others may have too unless `assertUnique`. What it returns takes it
   * away again.
   *
   * @throws {Error} somebody has the topic alone, or is there already.
   */
  subscribe(topic: string, handler: EventSubscriber, assertUnique = false): () => void {
    const loop = this.#loop;
    return subscribed(loop, topic, assertUnique, false, async (delivery, event) => {
      await handler(event);
      return loop.answer(delivery, []);
    });
  }

  /**
   * Publishes an event. Whoever does so while the broker is at rest waits until everything is delivered.
   *
   * @throws {Error} the event has no `to`, or too many events wait.
   */
  publish(event: AnyEvent): Promise<void> {
    return this.#loop.publish(event, this.#errand);
  }

  /**
   * Publishes an event and gives the last one that comes back to its source, or null, once nothing is left of the
   * conversation. It may run many times at once, from one source too.
   *
   * @throws {Error} the source is a subscriber's topic; as {@link SimpleEventBroker.publish}; or the wait was given up.
   */
  resolve(event: AnyEvent, options: ResolveOptions = {}): Promise<AnyEvent | null> {
    return this.#loop.resolve(event, options);
  }

  /** All events published so far, in order. */
  get events(): AnyEvent[] {
    return this.#loop.events();
  }
  /** Forgets the events published so far. */
  clearEvents(): void {
    this.#loop.forgetEvents();
  }
  /** Events that wait. */
  get queueLength(): number {
    return this.#loop.native.queued();
  }
  /** Topics that somebody has. */
  get topics(): string[] {
    return JSON.parse(this.#loop.native.topics());
  }
  /** How many subscribers a topic has. */
  getSubscriberCount(topic: string): number {
    return this.#loop.native.subscribers(topic);
  }

  static {
    loopOf = (broker) => broker.#loop;
  }
}

function subscribed(loop: Loop, topic: string, alone: boolean, serial: boolean, receiver: Receiver): () => void {
  const number = Number(answered(loop.native.subscribe(topic, alone, serial)));
  loop.subscribers.set(number, receiver);
  return () => {
    loop.native.unsubscribe(number);
    loop.subscribers.delete(number);
  };
}

/** How a handler gets its deliveries. One of this package leaves its answers where they are delivered from. */
function receiverOf(loop: Loop, handler: IArvoEventHandler): Receiver {
  const receive = receiveOf(handler);
  if (receive !== undefined) return (delivery, event) => receive(event, loop.number, delivery);
  return async (delivery, event) => loop.answer(delivery, (await handler.execute(event)).events);
}

/**
 * Makes a broker of handlers and workflows; each has its source as its topic alone. The events of one workflow go to it
 * one after the other.
 *
 * `onError` is told of every failure, else the console is. `onDomainedEvents` is given every event with a domain that a handler sends;
 * without it such an event is a failure.
 *
 * @throws {Error} two handlers have one source.
 *
 * @example
 * ```ts
 * import { createArvoEventFactory, createArvoEventHandler, createSimpleArvoContract, createSimpleEventBroker } from 'arvo';
 * import { z } from 'zod';
 *
 * const contract = createSimpleArvoContract({
 *   uri: '#/greet',
 *   type: 'greet.user',
 *   versions: { '1.0.0': { accepts: z.object({ name: z.string() }), emits: z.object({ text: z.string() }) } },
 * });
 * const handler = createArvoEventHandler({
 *   contract,
 *   handler: { '1.0.0': ({ event }) => ({ type: 'evt.greet.user.success', data: { text: `Hello ${event.data.name}` } }) },
 * });
 * const { broker, resolve } = createSimpleEventBroker([handler]);
 * const event = createArvoEventFactory(contract.version('1.0.0')).accepts({ source: 'com.shop.web', data: { name: 'Ada' } });
 * const answer = await resolve(event);
 * answer?.data; // => { text: "Hello Ada" }
 * broker.events.length; // => 2
 * ```
 */
export function createSimpleEventBroker(
  eventHandlers: IArvoEventHandler[],
  options: {
    onError?: BrokerErrorHandler;
    onDomainedEvents?: (event: DomainedEvent) => Promise<void> | void;
    maxQueueSize?: number;
  } = {},
): {
  broker: SimpleEventBroker;
  resolve: (event: AnyEvent, options?: ResolveOptions) => Promise<AnyEvent | null>;
} {
  const { onError, onDomainedEvents, maxQueueSize } = options;
  const broker = new SimpleEventBroker({ maxQueueSize, errorHandler: onError });
  const loop = loopOf(broker);
  for (const handler of eventHandlers) {
    const isWorkflow = handler instanceof ArvoResumable || handler instanceof ArvoOrchestrator;
    subscribed(loop, handler.source, true, isWorkflow, receiverOf(loop, handler));
  }
  if (onDomainedEvents !== undefined) {
    loop.native.takeDomained();
    loop.onDomained = (event, domain, errand) => {
      return onDomainedEvents({ domain, event, broker: new SimpleEventBroker(new Within(loop, errand) as never) });
    };
  }
  return { broker, resolve: (event, options) => broker.resolve(event, options) };
}
