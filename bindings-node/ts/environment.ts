// Limits on what comes from outside, for the whole process (SPEC §18).

import { type Limits, native } from './native.js';

export type { Limits };

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
