// The property `parentSubject$$` in the init schema of an orchestrator contract, for host schemas (SPEC §5). For JSON
// Schema the core adds it.

import load from './load.cjs';
import { jsonSchemaOf } from './schema.js';
import type { StandardResult, StandardSchema } from './schema-types.js';

const PARENT = 'parentSubject$$';

type ZodObject = StandardSchema<any, any> & {
  shape: Record<string, unknown>;
  extend(shape: object): StandardSchema<any, any>;
  _def?: { typeName?: string };
  _zod?: { def: { type: string } };
};

/** The schema with `parentSubject$$`, unless it says itself what that is. */
export function withParentSubject(init: StandardSchema<any, any>): StandardSchema<any, any> {
  const object = init as ZodObject;
  if (object._zod?.def.type === 'object') return extended(object, (load('zod/v4') as typeof import('zod/v4')).z);
  if (object._def?.typeName === 'ZodObject') return merged(object, (load('zod/v3') as typeof import('zod/v3')).z);
  const properties = (jsonSchemaOf(init) as { properties?: object }).properties ?? {};
  return PARENT in properties ? init : wrapped(init);
}

type Builders = { string(): { min(length: number): { nullable(): unknown } } };

function extended(object: ZodObject, z: Builders): StandardSchema<any, any> {
  return PARENT in object.shape ? object : object.extend({ [PARENT]: z.string().min(1).nullable() });
}

/** The property first, as the reference has it. */
function merged(object: ZodObject, z: Builders & { object(shape: object): { merge(other: unknown): unknown } }) {
  if (PARENT in object.shape) return object;
  return z.object({ [PARENT]: z.string().min(1).nullable() }).merge(object) as StandardSchema<any, any>;
}

/** Any other library: the property is judged here, the rest by the schema. */
function wrapped(init: StandardSchema<any, any>): StandardSchema<any, any> {
  const { vendor, validate } = init['~standard'];
  const join = (parent: unknown, result: StandardResult<any>): StandardResult<any> => {
    const fits = parent === null || (typeof parent === 'string' && parent !== '');
    const own = fits ? [] : [{ message: 'must be the subject of the parent workflow, or null', path: [PARENT] }];
    if (result.issues !== undefined || own.length > 0) return { issues: [...own, ...(result.issues ?? [])] };
    return { value: { ...result.value, [PARENT]: parent } };
  };
  return {
    '~standard': {
      version: 1,
      vendor,
      validate(value) {
        const { [PARENT]: parent, ...rest } = (value ?? {}) as Record<string, unknown>;
        const result = validate(rest);
        return result instanceof Promise ? result.then((late) => join(parent, late)) : join(parent, result);
      },
    },
  };
}
