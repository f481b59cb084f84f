// URIs as events carry them (SPEC §2).

import { native } from './native.js';

/**
 * Whether a text equals `encodeURI(decodeURI(text))`.
 *
 * @example
 * ```ts
 * import { validateURI } from 'arvo';
 *
 * validateURI('order/1'); // => true
 * validateURI('order 1'); // => false
 * ```
 */
export function validateURI(value: string): boolean {
  return value.isWellFormed() && native.isUri(value);
}
