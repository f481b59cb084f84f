// Limits on what comes from outside, for the whole process (SPEC §18).

import { native } from './native.js';

/** Limits that a program changes. Sizes are bytes of UTF-8; what is left out stays. */
export type Limits = {
  /** An event as text; 1 MiB. */
  event?: number;
  /** Objects and lists inside each other; 128, at most 1,000. */
  depth?: number;
  /** Keys of one object; 10,000. */
  keys?: number;
  /** A subject or managed id as text; 64 KiB. */
  encoded?: number;
  /** What such a text inflates to; 64 KiB. */
  inflated?: number;
  /** A workflow's record as text; 4 MiB. */
  record?: number;
  /** Steps of one evaluation of an expression; 100,000. */
  expressionSteps?: number;
  /** What one evaluation of an expression may make, its result included; 1 MiB. */
  expressionBytes?: number;
  /** Whether system error events carry `errorStack`; they do. */
  errorStack?: boolean;
};

/**
 * Changes the limits for everything that is read or made from now on, in this process.
 *
 * @throws {RangeError} a size is no whole number from 0.
 *
 * @example
 * ```ts
 * import { ArvoExpression, setLimits } from 'arvo';
 *
 * setLimits({ expressionSteps: 10 });
 * const doubled = new ArvoExpression('context.numbers.map(n, n * 2)');
 * let isRefused = false;
 * try {
 *   doubled.evaluate({ context: { numbers: [1, 2, 3, 4, 5, 6] } });
 * } catch {
 *   isRefused = true;
 * }
 * setLimits({ expressionSteps: 100_000 });
 * isRefused; // => true
 * ```
 */
export function setLimits(limits: Limits): void {
  const { errorStack, ...sizes } = limits;
  for (const [name, size] of Object.entries(sizes)) {
    if (size === undefined || (Number.isInteger(size) && size >= 0)) continue;
    throw new RangeError(`the limit ${name} is ${String(size)}; it must be a whole number from 0`);
  }
  native.setLimits({ ...sizes, ...(errorStack === undefined ? {} : { errorStack: Boolean(errorStack) }) });
}
