// Small helpers that services written for the reference use.

/**
 * Trims every line of a text and drops the empty ones.
 *
 * @example
 * ```ts
 * import { cleanString } from 'arvo';
 *
 * cleanString('  one\n\n  two  '); // => "one\ntwo"
 * ```
 */
export function cleanString(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

/**
 * Whether something is null or undefined.
 *
 * @example
 * ```ts
 * import { isNullOrUndefined } from 'arvo';
 *
 * isNullOrUndefined(0); // => false
 * ```
 */
export function isNullOrUndefined(item: unknown): item is null | undefined {
  return item === null || item === undefined;
}

/**
 * The value, or the default in place of null and undefined.
 *
 * @example
 * ```ts
 * import { getValueOrDefault } from 'arvo';
 *
 * getValueOrDefault(null, 3); // => 3
 * ```
 */
export function getValueOrDefault<T>(value: T | null | undefined, defaultValue: NonNullable<T>): NonNullable<T> {
  return value ?? defaultValue;
}

/**
 * The first value that is neither null nor undefined.
 *
 * @example
 * ```ts
 * import { coalesce } from 'arvo';
 *
 * coalesce(null, undefined, 0, 1); // => 0
 * ```
 */
export function coalesce<T>(...values: (T | null | undefined)[]): T | undefined {
  return values.find((value): value is T => !isNullOrUndefined(value));
}

/**
 * The first value that is neither null nor undefined, or the default.
 *
 * @example
 * ```ts
 * import { coalesceOrDefault } from 'arvo';
 *
 * coalesceOrDefault([null, undefined], 7); // => 7
 * ```
 */
export function coalesceOrDefault<T>(values: (T | null | undefined)[], defaultValue: NonNullable<T>): NonNullable<T> {
  return coalesce(...values) ?? defaultValue;
}
