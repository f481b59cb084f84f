// Schemas of the host: Zod and other libraries with Standard Schema. The core calls them by number; here they are asked.

import { ConfigViolation, type Issue } from './error.js';
import load from './load.cjs';
import type { StandardIssue, StandardResult, StandardSchema } from './schema-types.js';

/** A host schema with its place, for errors. */
export type HostSchema = { schema: StandardSchema<any, any>; place: string };

/** What a host schema says of data: the data to use, or every problem. */
export type Judgement = { value: unknown } | { issues: Issue[] };

/** Whether a schema judges data itself; else it is JSON Schema. */
export function isHostSchema(schema: unknown): schema is StandardSchema<any, any> {
  const standard = (schema as StandardSchema | null | undefined)?.['~standard'];
  return typeof standard?.validate === 'function';
}

/**
 * Asks a host schema.
 *
 * @throws {ConfigViolation} when it answers with a promise: contracts are checked synchronously.
 */
export function judge({ schema, place }: HostSchema, data: unknown): Judgement {
  const result = schema['~standard'].validate(data);
  if (isPromise(result)) {
    result.catch(() => undefined); // refused below, whatever comes of it
    throw thrownIn(schema, data) ?? asynchronous(place);
  }
  return result.issues === undefined ? { value: result.value } : { issues: result.issues.map(issueOf) };
}

function asynchronous(place: string): ConfigViolation {
  return new ConfigViolation(
    `The schema of ${place} is asynchronous: it gave a promise. Use a synchronous schema and do asynchronous checks in the handler`,
  );
}

/** Zod tries again asynchronously when the user's code in a schema throws; what that threw is the failure then. */
function thrownIn(schema: object, data: unknown): unknown {
  try {
    (schema as { safeParse?(data: unknown): unknown }).safeParse?.(data);
    return undefined;
  } catch (thrown) {
    const { name, message } = thrown as Error;
    return name === '$ZodAsyncError' || /^Async .* encountered/.test(message) ? undefined : thrown;
  }
}

function isPromise(result: StandardResult<unknown> | Promise<unknown>): result is Promise<unknown> {
  return typeof (result as Promise<unknown>).then === 'function';
}

function issueOf({ message, path = [] }: StandardIssue): Issue {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
  return { path: keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''), message };
}

/** The JSON Schema beside a host schema, for export; every object says what becomes of unknown keys. */
export function jsonSchemaOf(schema: StandardSchema<any, any>): unknown {
  const own = schema as unknown as { _def?: { typeName?: string }; _zod?: object };
  if (own._zod !== undefined) return zod4(own);
  if (own._def?.typeName !== undefined) return zod3(own);
  const standard = schema['~standard'] as { jsonSchema?: { input(options: { target: string }): unknown } };
  return standard.jsonSchema?.input({ target: 'draft-2020-12' }) ?? {};
}

const UNKNOWN_KEYS = 'x-arvo-unknown-keys';
// The libraries are loaded when they are first needed: contracts of JSON Schema need none of them.

function zod3(schema: object): unknown {
  const { zodToJsonSchema } = load('zod-to-json-schema') as typeof import('zod-to-json-schema');
  return zodToJsonSchema(schema as never, {
    postProcess(json, def) {
      const { typeName, unknownKeys, catchall } = def as {
        typeName?: string;
        unknownKeys?: string;
        catchall?: { _def: { typeName: string } };
      };
      if (typeName !== 'ZodObject' || json === undefined) return json;
      return catchall?._def.typeName === 'ZodNever' ? { ...json, [UNKNOWN_KEYS]: unknownKeys } : json;
    },
  });
}

function zod4(schema: object): unknown {
  const { toJSONSchema } = load('zod/v4') as typeof import('zod/v4');
  return toJSONSchema(schema as never, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const { type, catchall } = zodSchema._zod.def as { type: string; catchall?: { _zod: { def: { type: string } } } };
      if (type !== 'object') return;
      const rest = catchall?._zod.def.type;
      const mode =
        rest === undefined ? 'strip' : ({ never: 'strict', unknown: 'passthrough' } as Record<string, string>)[rest];
      if (mode !== undefined) jsonSchema[UNKNOWN_KEYS] = mode;
    },
  });
}
