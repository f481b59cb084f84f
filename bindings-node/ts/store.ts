// The durable store: requests go to its thread, promises tell of their outcome. Nothing here waits (docs/durable.md).

import { hold, release } from './alive.js';
import { ArvoEvent, textOf } from './event.js';
import { type NativeStore, native } from './native.js';
import { DeadLetterError, type Failure, StoreError } from './store-error.js';
import {
  type Columns,
  type Counts,
  type Posting,
  postingsOf,
  type Receipt,
  type Which,
  type WorkflowRow,
} from './store-rows.js';
import { answered, failureOf, stringify } from './text.js';

/** The store in the addon behind one of this package; set where the private field can be seen. */
export let nativeStoreOf: (store: Store) => NativeStore;

let ofNative: (url: string, native: NativeStore, bell: Bell) => Store;

/** What the store's thread calls when there are answers. */
class Bell {
  heard: () => void = () => {};
}

/** What a request waits for. */
type Asked = { resolve: (answer: string) => void; reject: (error: unknown) => void };

/** Requests for one delivery take its number, or what tells it. */
type Numbered = number | { readonly seq: number };

/** How long a wait lasts that can be given up, in milliseconds; then it is asked for again. */
const SLICE = 10_000;

/**
 * Opens a store by its URL: `sqlite:PATH`, made if it is not there. `?synchronous=normal` behind it trades the last
 * commits before a power cut for speed; `sqlite::memory:` lasts as long as the store is open.
 *
 * An open store keeps no process alive; what is asked of it does, until it is answered.
 *
 * @throws {StoreError} the URL or the file is not what it should be.
 *
 * @example
 * ```ts
 * import { createArvoEvent, openStore } from 'arvo';
 *
 * const store = await openStore('sqlite::memory:');
 * const event = createArvoEvent({ source: 'com.shop.web', type: 'com.order.place', subject: 'order/1', data: {} });
 * const [first, second] = [await store.publish(event), await store.publish(event)];
 * [first.fresh, second.fresh, second.seq === first.seq]; // => [true, false, true]
 * await store.close();
 * ```
 */
export async function openStore(url: string): Promise<Store> {
  const bell = new Bell();
  hold();
  try {
    const opened = await native.openStore(url, () => bell.heard());
    if (typeof opened === 'string') throw failureOf(opened);
    return ofNative(url, opened, bell);
  } finally {
    release();
  }
}

/**
 * A durable store: one file that workers of many processes and languages share. Make one with {@link openStore}.
 *
 * Never open the same file with another SQLite library in this process: closing it there would drop the locks of this
 * one. {@link Store.query} reads whatever you want to know.
 *
 * @example
 * ```ts
 * import { createArvoEvent, openStore } from 'arvo';
 *
 * const store = await openStore('sqlite::memory:');
 * const review = { source: 'com.shop.web', type: 'com.order.check', subject: 'order/1', domain: 'human.review', data: {} };
 * await store.publish(createArvoEvent(review));
 * const [waiting] = await store.take('human.review');
 * [waiting?.subject, waiting?.state]; // => ["order/1", "waiting"]
 * if (waiting) await store.admit(waiting);
 * (await store.counts()).domains; // => {}
 * (await store.query('SELECT count(*) FROM delivery')).rows; // => [[1]]
 * await store.close();
 * ```
 */
export class Store {
  /** As it was opened. */
  readonly url: string;
  readonly #native: NativeStore;
  readonly #asked = new Map<number, Asked>();
  readonly #waits = new Set<number>();
  #last = 0;
  #closed: string | undefined;

  private constructor(url: string, native: NativeStore, bell: Bell) {
    this.url = url;
    this.#native = native;
    bell.heard = () => this.#fetch();
  }

  /**
   * Stores an event for whoever handles it. One that is there already, by subject, consumer, domain and id, changes
   * nothing: its receipt says so. With `deliverAt` (milliseconds since 1970, or a date) it is not handled before that
   * time: a durable timer.
   *
   * @throws {StoreError} the event has no `to`, or the store can't be written.
   */
  async publish(event: ArvoEvent<any, any, any>, { deliverAt }: { deliverAt?: Date | number } = {}): Promise<Receipt> {
    const time = deliverAt === undefined ? undefined : timeOf('deliverAt', deliverAt);
    return JSON.parse(await this.#ask((native, ticket) => native.publish(ticket, textOf(event), time)));
  }

  /** Stores many events in one transaction: all of them, or none. */
  async publishAll(events: readonly ArvoEvent<any, any, any>[]): Promise<Receipt[]> {
    return JSON.parse(await this.#ask((native, ticket) => native.publishAll(ticket, events.map(textOf))));
  }

  /**
   * Waits for the first event that comes back to the source of a published one, at most `timeout` milliseconds; then it
   * is null. For a workflow that is its completion, or its system error. It comes again however often it is asked for.
   *
   * @throws {DeadLetterError} the event is a dead letter; `failures` says why.
   * @throws {RangeError} `timeout` is no number.
   * @throws {StoreError} the event was dropped, or there is no such delivery. The signal's reason, when it is aborted.
   */
  async wait(
    receipt: Numbered,
    { timeout, signal }: { timeout?: number; signal?: AbortSignal } = {},
  ): Promise<ArvoEvent | null> {
    const seq = seqOf(receipt);
    if (Number.isNaN(Number(timeout ?? 0))) throw new RangeError(`timeout is ${String(timeout)}; give milliseconds`);
    const until = timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeout;
    for (;;) {
      signal?.throwIfAborted();
      const left = Math.max(0, until - Date.now());
      const limit = signal === undefined ? left : Math.min(left, SLICE);
      const found = answerOf(seq, await this.#wait(seq, Number.isFinite(limit) ? limit : undefined, signal));
      if (found !== null || limit === left) return found;
    }
  }

  /** Workflows, the last changed first. */
  async workflows(which: Which = {}): Promise<WorkflowRow[]> {
    const text = stringify(which, (reason) => new StoreError(`what to list ${reason}`));
    return JSON.parse(await this.#ask((native, ticket) => native.workflows(ticket, text)));
  }

  /** One workflow with its record, or null. */
  async workflow(subject: string): Promise<(WorkflowRow & { record: Record<string, any> | null }) | null> {
    const row = JSON.parse(await this.#ask((native, ticket) => native.workflow(ticket, subject)));
    return row === null ? null : { ...row, record: row.record === undefined ? null : JSON.parse(row.record) };
  }

  /** A workflow and all that descend from it, parents first. */
  async tree(subject: string): Promise<WorkflowRow[]> {
    return JSON.parse(await this.#ask((native, ticket) => native.tree(ticket, subject)));
  }

  /** The events of a subject, in the order they came. */
  async history(subject: string): Promise<Posting[]> {
    return postingsOf(await this.#ask((native, ticket) => native.history(ticket, subject)));
  }

  /** Dead letters, oldest first, with the causes. */
  async dead(limit = 100): Promise<Posting[]> {
    return postingsOf(await this.#ask((native, ticket) => native.dead(ticket, limit)));
  }

  /**
   * Tries a dead letter again, with all its tries; a workflow that it paused goes on.
   *
   * @throws {StoreError} it is no dead letter.
   */
  async retry(letter: Numbered): Promise<void> {
    await this.#ask((native, ticket) => native.retry(ticket, seqOf(letter)));
  }

  /**
   * Gives a dead letter up; a workflow that it paused goes on without it.
   *
   * @throws {StoreError} it is no dead letter.
   */
  async drop(letter: Numbered): Promise<void> {
    await this.#ask((native, ticket) => native.dropDead(ticket, seqOf(letter)));
  }

  /**
   * Cancels a workflow with all its children, also those not yet begun; gives their subjects. Whoever began it gets its
   * contract's system error with the name `WorkflowCancelled`.
   *
   * @throws {StoreError} there is no such workflow, or it has ended.
   */
  async cancel(subject: string): Promise<string[]> {
    return JSON.parse(await this.#ask((native, ticket) => native.cancel(ticket, subject)));
  }

  /**
   * Removes whole subjects that ended before a time (milliseconds since 1970, or a date), at most `limit` in one
   * transaction; gives how many. An event of a removed subject that comes again is a new one.
   */
  async purge(before: Date | number, limit = 1000): Promise<number> {
    return JSON.parse(await this.#ask((native, ticket) => native.purge(ticket, timeOf('before', before), limit)));
  }

  /** Events that wait in a domain, oldest first. */
  async take(domain: string, limit = 100): Promise<Posting[]> {
    return postingsOf(await this.#ask((native, ticket) => native.take(ticket, domain, limit)));
  }

  /**
   * Answers an event that waits in a domain, with events that go on in the flow.
   *
   * @throws {StoreError} it waits in no domain.
   */
  async answer(waiting: Numbered, events: readonly ArvoEvent<any, any, any>[]): Promise<void> {
    await this.#ask((native, ticket) => native.answer(ticket, seqOf(waiting), events.map(textOf)));
  }

  /**
   * Lets an event that waits in a domain into the local flow, to be handled as if it had none.
   *
   * @throws {StoreError} it waits in no domain.
   */
  async admit(waiting: Numbered): Promise<void> {
    await this.#ask((native, ticket) => native.admit(ticket, seqOf(waiting)));
  }

  /** The domains whose events are handled here. */
  async domains(): Promise<string[]> {
    return JSON.parse(await this.#ask((native, ticket) => native.domains(ticket)));
  }

  /** Lists a domain as local for all workers of this store; what waits in it is handled. Gives how many that are. */
  async addDomain(domain: string): Promise<number> {
    return JSON.parse(await this.#ask((native, ticket) => native.addDomain(ticket, domain)));
  }

  /** Takes a domain off the list: its events wait from now on. */
  async removeDomain(domain: string): Promise<void> {
    await this.#ask((native, ticket) => native.removeDomain(ticket, domain));
  }

  /** How many there are of what. */
  async counts(): Promise<Counts> {
    return JSON.parse(await this.#ask((native, ticket) => native.counts(ticket)));
  }

  /**
   * Runs an SQL statement that reads; workers go on, however long it takes.
   *
   * @throws {StoreError} the statement would write, or is none.
   */
  async query(sql: string): Promise<Columns> {
    return JSON.parse(await this.#ask((native, ticket) => native.query(ticket, sql)));
  }

  /** Writes a copy of the store, whole and consistent, to a file that must not exist yet. Workers may go on. */
  async backup(path: string): Promise<void> {
    await this.#ask((native, ticket) => native.backup(ticket, path));
  }

  /**
   * Closes it, once what is asked of it is answered; whoever waits is told that it is closed. Workers that run on it
   * keep it open for themselves until they end.
   */
  async close(): Promise<void> {
    if (this.#closed !== undefined) return;
    const others = [...this.#asked].filter(([ticket]) => !this.#waits.has(ticket)).map(([, asked]) => ended(asked));
    const closed = this.#native.closed();
    this.#closed = closed;
    for (const ticket of this.#waits) this.#asked.get(ticket)?.reject(failureOf(closed));
    await Promise.all(others);
    this.#native.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Makes a request; gives the text of its answer. */
  #ask(request: (native: NativeStore, ticket: number) => string): Promise<string> {
    if (this.#closed !== undefined) return Promise.reject(failureOf(this.#closed));
    this.#last = (this.#last + 1) % 0xffff_ffff;
    const ticket = this.#last;
    return new Promise((resolve, reject) => {
      answered(request(this.#native, ticket));
      hold();
      const done = () => {
        if (this.#asked.delete(ticket)) release();
      };
      this.#asked.set(ticket, {
        resolve: (answer) => {
          done();
          resolve(answer);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
    });
  }

  async #wait(seq: number, limit: number | undefined, signal: AbortSignal | undefined): Promise<string> {
    if (this.#closed !== undefined) throw failureOf(this.#closed);
    const waited = this.#ask((native, ticket) => native.wait(ticket, seq, limit));
    const ticket = this.#last;
    const abort = () => this.#asked.get(ticket)?.reject(signal?.reason);
    this.#waits.add(ticket);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await waited;
    } finally {
      this.#waits.delete(ticket);
      signal?.removeEventListener('abort', abort);
    }
  }

  #fetch(): void {
    const letters = this.#native.fetch();
    if (letters === '') return;
    for (const letter of letters.split('\n')) {
      const cut = letter.indexOf(' ');
      const asked = this.#asked.get(Number(letter.slice(0, cut)));
      const answer = letter.slice(cut + 1);
      if (answer.startsWith('!')) asked?.reject(failureOf(answer));
      else asked?.resolve(answer);
    }
  }

  static {
    ofNative = (url, native, bell) => new Store(url, native, bell);
    nativeStoreOf = (store) => store.#native;
  }
}

/** Ends with a request, however that ends. */
function ended(asked: Asked): Promise<void> {
  return new Promise((end) => {
    const { resolve, reject } = asked;
    asked.resolve = (answer) => {
      resolve(answer);
      end();
    };
    asked.reject = (error) => {
      reject(error);
      end();
    };
  });
}

function seqOf(numbered: Numbered): number {
  return typeof numbered === 'number' ? numbered : numbered.seq;
}

/** What a wait ended with; null: with nothing. */
function answerOf(seq: number, text: string): ArvoEvent | null {
  const answer: { event: string } | { dead: Failure[] } | { dropped: true } | null = JSON.parse(text);
  if (answer === null) return null;
  if ('event' in answer) return ArvoEvent.parse(answer.event);
  if ('dead' in answer) throw new DeadLetterError(seq, answer.dead);
  throw new StoreError(`delivery ${seq} was dropped, or its workflow cancelled: no answer comes`);
}

function timeOf(name: string, given: Date | number): number {
  const time = Number(given);
  if (Number.isFinite(time)) return time;
  throw new RangeError(`${name} is no time; give a date, or milliseconds since 1970`);
}
