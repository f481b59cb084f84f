// Workers: handlers and workflows at work on a durable store. The core says what to run and keeps what came of it.

import { hold, release } from './alive.js';
import type { BrokerErrorHandler } from './broker.js';
import { handOut, type Receive, servedOf } from './delivery.js';
import { ArvoContractError } from './error.js';
import { eventOf } from './event.js';
import type { IArvoEventHandler } from './handler-types.js';
import { tellOf } from './host.js';
import { type NativePlan, type NativeWorker, type NativeWorkflow, native, type WorkerParam } from './native.js';
import { apart, isMeasured, measureTold } from './opentelemetry.js';
import { nativeStoreOf, openStore, type Store } from './store.js';
import { StoreError } from './store-error.js';
import { failureOf } from './text.js';

/** How a worker works. */
export type WorkerOptions = {
  /**
   * Its name, which must be its own among the workers of the store: one that starts under the name of another takes over
   * at once what that one held. Otherwise a fresh one.
   */
  name?: string;
  /** How many events it holds at once, 1 to 100,000; otherwise 100. */
  capacity?: number;
  /** How long its claims outlive it when it dies, 30 to 86,400,000 milliseconds; otherwise 30,000. */
  lease?: number;
  /** Told of every execution that failed, with its event; for logs. The store says in its causes what becomes of it. */
  onError?: BrokerErrorHandler;
  /** What becomes of failures: tries before the dead letters (10), the first and the longest wait in milliseconds. */
  retry?: { tries?: number; first?: number; longest?: number };
  /** Whether it drains on SIGTERM and SIGINT, as it does if nothing is said; the second one ends the process at once. */
  signals?: boolean;
};

/** What a worker did so far. */
export type Tally = {
  /** Events claimed. */
  claimed: number;
  /** Of these, claimed before, by whomever. */
  repeated: number;
  /** Executions whose effects are real. */
  handled: number;
  /** Executions that failed and go again later, or are dead letters now. */
  failed: number;
  /** Executions that ended after somebody else had taken over: without effect. */
  lost: number;
};

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Handlers and workflows at work on a durable store: claims their events, runs their functions side by side on this
 * thread, and commits what came of it. Records of workflows are in the store; the memory that a workflow was made with is
 * not used.
 *
 * User code runs at least once for an event; its record, its answers and the acknowledgement take effect exactly once.
 *
 * @example
 * ```ts
 * import { createArvoEventFactory, createArvoEventHandler, createSimpleArvoContract, openStore, Worker } from 'arvo';
 * import { z } from 'zod';
 *
 * const contract = createSimpleArvoContract({
 *   uri: '#/greet',
 *   type: 'greet.user',
 *   versions: { '1.0.0': { accepts: z.object({ name: z.string() }), emits: z.object({ text: z.string() }) } },
 * });
 * const handler = createArvoEventHandler({
 *   contract,
 *   handler: {
 *     '1.0.0': async ({ event }) => ({ type: 'evt.greet.user.success', data: { text: `Hello ${event.data.name}` } }),
 *   },
 * });
 * const store = await openStore('sqlite::memory:');
 * const worker = new Worker(store, [handler]);
 * const ended = worker.run();
 *
 * const greet = createArvoEventFactory(contract.version('1.0.0'));
 * const receipt = await store.publish(greet.accepts({ source: 'com.shop.web', data: { name: 'Ada' } }));
 * const answer = await store.wait(receipt, { timeout: 10_000 });
 * answer?.data; // => { text: "Hello Ada" }
 * worker.stop();
 * await ended;
 * ```
 */
export class Worker {
  readonly #store: Store | string;
  readonly #handlers: { receive: Receive; served: NativePlan | NativeWorkflow }[];
  readonly #param: WorkerParam;
  readonly #onError: BrokerErrorHandler | undefined;
  readonly #signals: boolean;
  #native: NativeWorker | undefined;
  /** Its number as a source. */
  #number = 0;
  #state: 'made' | 'runs' | 'over' = 'made';
  #isStopped = false;
  #end: (reason?: unknown) => void = () => {};

  /**
   * `store` is an open one, or the URL of one that this worker opens for itself.
   *
   * @throws {ArvoContractError} a handler is none of this package's, or its `execute` was replaced; an option that is a
   * number is something else.
   */
  constructor(store: Store | string, handlers: readonly IArvoEventHandler[], options: WorkerOptions = {}) {
    const { signals = true, onError, name, capacity, lease, retry } = options;
    this.#onError = onError;
    this.#store = store;
    this.#signals = signals;
    this.#param = { name, ...numbersOf({ capacity, lease, ...retry }) };
    this.#handlers = handlers.map((handler) => {
      const served = handler && servedOf(handler);
      if (served !== undefined) return served;
      const named = (handler as IArvoEventHandler | undefined)?.source ?? 'what is no handler';
      throw new ArvoContractError(
        `a worker can't run ${named}: it takes handlers, resumables and orchestrators of this package, whose execute is their own`,
      );
    });
  }

  /**
   * Runs what comes, until {@link Worker.stop} or a signal, and until all that runs then has ended.
   *
   * @throws {StoreError} the store can't be opened, or ended; the worker runs already, or has run.
   * @throws {ArvoContractError} it serves nothing, or two of its handlers serve one type; no worker can work with an
   * option, which is named.
   */
  async run(): Promise<void> {
    if (this.#state !== 'made') throw new StoreError('a worker runs once; make another');
    this.#state = 'runs';
    const stop = () => this.stop();
    if (this.#signals) for (const signal of SIGNALS) process.once(signal, stop);
    hold();
    try {
      const store = typeof this.#store === 'string' ? await openStore(this.#store) : this.#store;
      try {
        if (!this.#isStopped) await this.#work(store);
      } finally {
        if (store !== this.#store) await store.close();
      }
    } finally {
      this.#state = 'over';
      release();
      for (const signal of SIGNALS) process.removeListener(signal, stop);
    }
  }

  /** Claims nothing more, lets end what runs; then {@link Worker.run} ends. */
  stop(): void {
    this.#isStopped = true;
    this.#native?.stop();
  }

  /** What it did so far. */
  tally(): Tally {
    if (this.#native === undefined) return { claimed: 0, repeated: 0, handled: 0, failed: 0, lost: 0 };
    return JSON.parse(this.#native.tally());
  }

  async #work(store: Store): Promise<void> {
    const served = this.#handlers.map((handler) => handler.served);
    const opened = native.openWorker(nativeStoreOf(store), served, this.#param, isMeasured(), () => this.#turn());
    if (typeof opened === 'string') throw failureOf(opened);
    this.#native = opened;
    this.#number = opened.number();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#end = (reason) => (reason === undefined ? resolve() : reject(reason));
        this.#turn();
      });
    } finally {
      opened.end();
    }
  }

  /** Takes all that there is. */
  #turn(): void {
    if (this.#native === undefined) return; // called before its opening returned
    try {
      const worker = this.#native;
      while (apart(() => this.#take(worker))) {}
    } catch (thrown) {
      this.#end(thrown);
    }
  }

  /** Takes some jobs and begins them; whether there are more. */
  #take(worker: NativeWorker): boolean {
    let isMore = false;
    handOut(worker.take(isMeasured()), (letter, number, which, text) => {
      if (letter === 'J') void this.#execute(worker, number, which, text);
      else if (letter === 'M') measureTold(text);
      else if (letter === 'O') this.#end(text === '' ? undefined : failureOf(text));
      else isMore = true;
    });
    return isMore;
  }

  /** The end of an execution is settled in the addon; what comes out here is a violation, or broke the driver. */
  async #execute(worker: NativeWorker, number: number, which: number, text: string): Promise<void> {
    const event = eventOf(text);
    try {
      await this.#handlers[which]?.receive(event, this.#number, number);
    } catch (thrown) {
      const { name, message } = tellOf(thrown);
      worker.fail(number, name ?? 'Error', message); // changes nothing where the job is settled
      try {
        this.#onError?.(thrown as Error, event);
      } catch (error) {
        console.error(error); // the last who can be told; the others' events go on
      }
    }
  }
}

function numbersOf<T extends object>(given: T): T {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || typeof value === 'number') continue;
    throw new ArvoContractError(`the worker's ${name} is no number but ${value === null ? 'null' : typeof value}`);
  }
  return given;
}
