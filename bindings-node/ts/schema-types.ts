// What can be the schema of a contract, and the types of the data that it takes and gives.

/** The synchronous part of Standard Schema, version 1 (https://standardschema.dev), that contracts rely on. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a Standard Schema says of a value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<StandardIssue> };

/** One problem that a Standard Schema reports. */
export type StandardIssue = {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
};

declare const TYPE: unique symbol;

/**
 * A JSON Schema: draft 2020-12, 2019-09, 7, 6 or 4. `T` is the type of the data, where it is known
 * (see {@link jsonSchema}).
 *
 * An object schema may say `x-arvo-unknown-keys`: `strip` | `strict` | `passthrough`.
 */
export type JsonSchema<T = any> = { readonly [key: string]: any; readonly [TYPE]?: T };

/** Any schema that a contract takes: Zod, another Standard Schema, or JSON Schema. */
export type AnySchema = StandardSchema<any, any> | JsonSchema<any>;

type Types = { readonly input: any; readonly output: any };

/** What a schema says of its data. */
type TypesOf<S> = [S] extends [{ readonly '~standard': { readonly types?: (infer T extends Types) | undefined } }]
  ? T
  : [S] extends [{ readonly [TYPE]?: infer T }]
    ? { readonly input: Known<T>; readonly output: Known<T> }
    : Types;

type Known<T> = unknown extends T ? any : NonNullable<T>;

// Both look a member up, rather than choosing by the schema themselves: so a generic function may give data to a contract
// that it knows but in part.

/** The data that a schema takes: before defaults and transforms. */
export type In<S> = TypesOf<S>['input'];

/** The data that a schema gives: defaults filled, transformed. */
export type Out<S> = TypesOf<S>['output'];

/**
 * A JSON Schema with the type of its data, for contracts that need no library.
 *
 * @example
 * ```ts
 * import { jsonSchema } from 'arvo';
 *
 * const order = jsonSchema<{ item: string }>({
 *   type: 'object',
 *   properties: { item: { type: 'string' } },
 *   required: ['item'],
 * });
 * order['type']; // => "object"
 * ```
 */
export function jsonSchema<T>(schema: Record<string, unknown>): JsonSchema<T> {
  return schema;
}
