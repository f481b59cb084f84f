// Ids of events, and what a managed one holds (SPEC §3).

import { native } from './native.js';
import { answered, failureOf } from './text.js';
import type { ArvoEventIdObject, ArvoEventIdParam } from './types.js';

/**
 * Makes an event id (SPEC §3).
 *
 * @example
 * ```ts
 * import { createArvoEventId } from 'arvo';
 *
 * createArvoEventId({ deduplication: 'DEVELOPER_MANAGED', value: ' order-17 ' }); // => "order-17"
 * ```
 */
export function createArvoEventId(id?: ArvoEventIdParam | null): string {
  return JSON.parse(answered(native.createId(JSON.stringify(id ?? null))));
}

/**
 * Reads an id back: what a managed one holds and null, or a plain id and why it is no managed one.
 *
 * @example
 * ```ts
 * import { createArvoEventId, parseArvoEventId } from 'arvo';
 *
 * const [managed] = parseArvoEventId(createArvoEventId({ deduplication: 'ARVO_MANAGED', value: 'order-17' }));
 * (managed as { value: string }).value; // => "order-17"
 * parseArvoEventId('plain')[0]; // => "plain"
 * ```
 */
export function parseArvoEventId(id: string): readonly [ArvoEventIdObject, null] | readonly [string, Error] {
  const read = native.parseId(id);
  return read.startsWith('!') ? [id, failureOf(read)] : [JSON.parse(read), null];
}
