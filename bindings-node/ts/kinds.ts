// The two kinds of contracts that fix their types: one request and one answer, and a workflow (SPEC §5).

import type * as z3 from 'zod/v3';
import type * as z4 from 'zod/v4';
import { ArvoContract, Built, build, type IArvoContract, type Slot } from './contract.js';
import { withParentSubject } from './init-schema.js';
import { native } from './native.js';
import { isHostSchema } from './schema.js';
import type { AnySchema, In, JsonSchema, Out, StandardSchema } from './schema-types.js';
import { answered } from './text.js';
import type { ArvoSemanticVersion } from './types.js';

/** The versions of a simple contract: request and answer. */
export type SimpleVersionSpecs = Record<ArvoSemanticVersion, { accepts: AnySchema; emits: AnySchema }>;

/** A contract that accepts `com.{type}` and emits `evt.{type}.success`. */
export type SimpleArvoContract<
  TUri extends string = string,
  TType extends string = string,
  TVersions extends SimpleVersionSpecs = Record<ArvoSemanticVersion, { accepts: any; emits: any }>,
  TMetaData extends Record<string, any> = Record<string, any>,
> = ArvoContract<
  TUri,
  `com.${TType}`,
  {
    [V in ArvoSemanticVersion & keyof TVersions]: {
      accepts: TVersions[V]['accepts'];
      emits: { [K in `evt.${TType}.success`]: TVersions[V]['emits'] };
    };
  },
  TMetaData & { contractType: 'SimpleArvoContract'; rootType: TType }
>;

/**
 * Makes a contract of one request and one answer.
 *
 * @throws {ArvoContractError} says what is wrong, and where.
 *
 * @example
 * ```ts
 * import { createSimpleArvoContract } from 'arvo';
 * import { z } from 'zod';
 *
 * const contract = createSimpleArvoContract({
 *   uri: '#/greet',
 *   type: 'greet.user',
 *   versions: { '1.0.0': { accepts: z.object({ name: z.string() }), emits: z.object({ text: z.string() }) } },
 * });
 * contract.type; // => "com.greet.user"
 * Object.keys(contract.versions['1.0.0'].emits); // => ["evt.greet.user.success"]
 * ```
 */
export function createSimpleArvoContract<
  TUri extends string,
  TType extends string,
  TVersions extends SimpleVersionSpecs,
  TMetaData extends Record<string, any> = Record<string, any>,
>(param: {
  uri: TUri;
  type: TType;
  versions: TVersions;
  domain?: string | null;
  description?: string | null;
  metadata?: TMetaData;
}): SimpleArvoContract<TUri, TType, TVersions, TMetaData> {
  const specs = Object.entries(param.versions ?? {});
  const [accepted, emitted] = [`com.${param.type}`, `evt.${param.type}.success`];
  const lay = (slot: Slot) =>
    specs.map(([version, spec]) => ({
      version,
      accepts: slot(spec?.accepts, version, accepted),
      emits: slot(spec?.emits, version, emitted),
    }));
  const plain = specs.map(([version, spec]) => [
    version,
    { accepts: spec?.accepts, emits: { [emitted]: spec?.emits } },
  ]);
  return new ArvoContract(build({ kind: 'simple', ...param }, lay, Object.fromEntries(plain)) as never) as never;
}

/** The versions of an orchestrator contract: what begins a workflow, and what ends it. */
export type OrchestratorVersionSpecs = Record<ArvoSemanticVersion, { init: AnySchema; complete: AnySchema }>;

type Parent = { parentSubject$$: string | null };

/**
 * The schema of an init event: the given one, with `parentSubject$$`. An object of Zod's stays one, with its methods; of
 * a schema that may be any, nothing is known.
 */
export type InitSchema<S> = 0 extends 1 & S
  ? any
  : S extends z3.ZodObject<infer Shape, infer Keys, infer Rest>
    ? z3.ZodObject<z3.objectUtil.extendShape<{ parentSubject$$: z3.ZodNullable<z3.ZodString> }, Shape>, Keys, Rest>
    : S extends z4.ZodObject<infer Shape, infer Config>
      ? z4.ZodObject<Shape & Omit<{ parentSubject$$: z4.ZodNullable<z4.ZodString> }, keyof Shape>, Config>
      : S extends { '~standard': unknown }
        ? StandardSchema<In<S> & Parent, Out<S> & Parent>
        : JsonSchema<In<S> & Parent>;

/** A contract that accepts `arvo.orc.{name}` and emits `arvo.orc.{name}.done`. */
export type ArvoOrchestratorContract<
  TUri extends string = string,
  TName extends string = string,
  TVersions extends OrchestratorVersionSpecs = Record<ArvoSemanticVersion, { init: any; complete: any }>,
  TMetaData extends Record<string, any> = Record<string, any>,
> = ArvoContract<
  TUri,
  `arvo.orc.${TName}`,
  {
    [V in ArvoSemanticVersion & keyof TVersions]: {
      accepts: InitSchema<TVersions[V]['init']>;
      emits: { [K in `arvo.orc.${TName}.done`]: TVersions[V]['complete'] };
    };
  },
  TMetaData & {
    contractType: 'ArvoOrchestratorContract';
    rootType: TName;
    initEventType: `arvo.orc.${TName}`;
    completeEventType: `arvo.orc.${TName}.done`;
  }
>;

/** What an orchestrator contract is made of. */
export interface ICreateArvoOrchestratorContract<
  TUri extends string,
  TName extends string,
  TVersions extends OrchestratorVersionSpecs,
  TMetaData extends Record<string, any>,
> extends Omit<IArvoContract<TUri, string, any, TMetaData>, 'type' | 'versions'> {
  name: TName;
  versions: TVersions;
}

/**
 * Makes the contract of a workflow. Its init schema gains `parentSubject$$`: the subject of the workflow that begins
 * this one, or null.
 *
 * @throws {ArvoContractError} says what is wrong, and where.
 *
 * @example
 * ```ts
 * import { createArvoOrchestratorContract } from 'arvo';
 * import { z } from 'zod';
 *
 * const contract = createArvoOrchestratorContract({
 *   uri: '#/flows/order',
 *   name: 'order',
 *   versions: { '1.0.0': { init: z.object({ item: z.string() }), complete: z.object({ total: z.number() }) } },
 * });
 * contract.type; // => "arvo.orc.order"
 * contract.metadata.completeEventType; // => "arvo.orc.order.done"
 * ```
 */
export function createArvoOrchestratorContract<
  TUri extends string,
  TName extends string,
  TVersions extends OrchestratorVersionSpecs,
  TMetaData extends Record<string, any> = Record<string, any>,
>(
  contract: ICreateArvoOrchestratorContract<TUri, TName, TVersions, TMetaData>,
): ArvoOrchestratorContract<TUri, TName, TVersions, TMetaData> {
  const { init: began, complete: ended } = eventTypes(contract.name);
  const specs = Object.entries(contract.versions ?? {}).map(([version, { init, complete }]) => {
    return { version, init: isHostSchema(init) ? withParentSubject(init) : init, complete };
  });
  const lay = (slot: Slot) =>
    specs.map(({ version, init, complete }) => ({
      version,
      init: slot(init, version, began),
      complete: slot(complete, version, ended),
    }));
  const built = build({ kind: 'orchestrator', ...contract }, lay, {});
  const form = JSON.parse(built.backing.contract.toJson()) as { versions: { accepts: { schema: JsonSchema } }[] };
  const plain = specs.map(({ version, init, complete }, at) => {
    const accepts = isHostSchema(init) ? init : (form.versions[at]?.accepts.schema ?? init);
    return [version, { accepts, emits: { [ended]: complete } }];
  });
  return new ArvoContract(new Built(built.backing, Object.fromEntries(plain)) as never) as never;
}

function eventTypes(name: string): { init: string; complete: string; systemError: string } {
  return JSON.parse(answered(native.eventTypes(name)));
}

/**
 * The event types of workflows.
 *
 * @example
 * ```ts
 * import { ArvoOrchestratorEventTypeGen } from 'arvo';
 *
 * ArvoOrchestratorEventTypeGen.init('order'); // => "arvo.orc.order"
 * ArvoOrchestratorEventTypeGen.complete('order'); // => "arvo.orc.order.done"
 * ArvoOrchestratorEventTypeGen.systemError('order'); // => "sys.arvo.orc.order.error"
 * ArvoOrchestratorEventTypeGen.isOrchestratorEventType('arvo.orc.order'); // => true
 * ```
 */
// biome-ignore lint/complexity/noStaticOnlyClass: the reference's name and shape
export class ArvoOrchestratorEventTypeGen {
  /** What each of them begins with. */
  static readonly prefix = 'arvo.orc' as const;

  /** Whether a type is one of a workflow. */
  static isOrchestratorEventType(eventType: string): boolean {
    return eventType.startsWith(ArvoOrchestratorEventTypeGen.prefix);
  }
  /** The type that begins a workflow. */
  static init<T extends string>(name: T): `arvo.orc.${T}` {
    return eventTypes(name).init as `arvo.orc.${T}`;
  }
  /** The type that ends a workflow. */
  static complete<T extends string>(name: T): `arvo.orc.${T}.done` {
    return eventTypes(name).complete as `arvo.orc.${T}.done`;
  }
  /** The type that tells of a workflow's failure. */
  static systemError<T extends string>(name: T): `sys.arvo.orc.${T}.error` {
    return eventTypes(name).systemError as `sys.arvo.orc.${T}.error`;
  }
}
