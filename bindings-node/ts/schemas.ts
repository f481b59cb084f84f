// The Zod schemas that the reference exports, for services that build on them.

import { z } from 'zod';
import { native } from './native.js';
import type { ArvoSemanticVersion } from './types.js';
import { validateURI } from './uri.js';

/**
 * The schema of a system error event's data.
 *
 * @example
 * ```ts
 * import { ArvoErrorSchema } from 'arvo';
 *
 * ArvoErrorSchema.safeParse({ errorName: 'Error', errorMessage: 'no', errorStack: null }).success; // => true
 * ```
 */
export const ArvoErrorSchema = z.object({
  errorName: z.string(),
  errorMessage: z.string(),
  errorStack: z.string().nullable(),
});

/**
 * The schema of a version.
 *
 * @example
 * ```ts
 * import { ArvoSemanticVersionSchema } from 'arvo';
 *
 * ArvoSemanticVersionSchema.safeParse('1.2').success; // => false
 * ```
 */
export const ArvoSemanticVersionSchema = z
  .string()
  .refine((text): text is ArvoSemanticVersion => native.isVersion(text), 'Invalid version format of the semantic version');

/** What a managed event id holds. */
export const ArvoEventIdObjectSchema = z.object({ uuid: z.string(), value: z.string() });

/** A schema of text that the core's `parse` of the whole decides on is out of place here: these name single rules. */
const uri = (message: string) => z.string().min(1, message).refine(validateURI, 'The URI must a valid URI string');

/** Rules of contracts, one by one. */
export const ArvoContractValidators = {
  contract: { uri: uri('URI must be a non-empty string') },
};
