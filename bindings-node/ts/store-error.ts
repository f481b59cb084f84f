// Why a store did not do what it was asked, and why an event has no answer. Texts are the core's.

/** One failed try of an event. */
export type Failure = {
  /** Name of the error. */
  name: string;
  /** Its message. */
  message: string;
  /** When it happened, milliseconds since 1970. */
  at: number;
};

/**
 * A store refused or failed; the text says what to do. Nothing was changed by a request that ends so.
 *
 * @example
 * ```ts
 * import { openStore, StoreError } from 'arvo';
 *
 * try {
 *   await openStore('redis://localhost');
 * } catch (error) {
 *   error instanceof StoreError; // => true
 * }
 * ```
 */
export class StoreError extends Error {
  /** Whether trying again can't help. */
  readonly isFatal: boolean;

  constructor(message: string, isFatal = false) {
    super(message);
    this.name = 'StoreError';
    this.isFatal = isFatal;
  }
}

/**
 * The event that was waited for is a dead letter: no answer comes, until `store.retry` tries it again.
 *
 * @example
 * ```ts
 * import { DeadLetterError } from 'arvo';
 *
 * const error = new DeadLetterError(7, [{ name: 'ContractViolation', message: 'no such item', at: 0 }]);
 * error.message; // => "delivery 7 is a dead letter: ContractViolation: no such item; retry or drop it"
 * error.failures.length; // => 1
 * ```
 */
export class DeadLetterError extends StoreError {
  /** Number of its delivery. */
  readonly seq: number;
  /** Why it failed, each time that it was tried. */
  readonly failures: readonly Failure[];

  constructor(seq: number, failures: readonly Failure[]) {
    const last = failures.at(-1);
    const why = last === undefined ? 'nobody knows why' : `${last.name}: ${last.message}`;
    super(`delivery ${seq} is a dead letter: ${why}; retry or drop it`);
    this.name = 'DeadLetterError';
    this.seq = seq;
    this.failures = failures;
  }
}
