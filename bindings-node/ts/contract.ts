// Contracts: what a service accepts and emits, version by version (SPEC §5). Checked and compiled by the core.

import { ArvoContractError } from './error.js';
import { type NativeContract, native } from './native.js';
import { type HostSchema, isHostSchema, jsonSchemaOf } from './schema.js';
import type { AnySchema } from './schema-types.js';
import { ArvoErrorSchema } from './schemas.js';
import { answered, failureOf, stringify } from './text.js';
import type { ArvoContractRecord, ArvoSemanticVersion } from './types.js';
import { VersionedArvoContract } from './versioned.js';

/** What one version accepts, and what it emits by type. */
export type VersionSpec = { accepts: AnySchema; emits: Record<string, AnySchema> };

/** The versions of a contract. */
export type VersionSpecs = Record<ArvoSemanticVersion, VersionSpec>;

/** The versions of a contract that may be any: its schemas can be of any library, so they can be used as one's own. */
export type AnyVersions = Record<ArvoSemanticVersion, { accepts: any; emits: Record<string, any> }>;

/** What a contract is made of. */
export interface IArvoContract<
  TUri extends string = string,
  TType extends string = string,
  TVersions extends VersionSpecs = AnyVersions,
  TMetaData extends Record<string, any> = Record<string, any>,
> {
  /** Where it stands: a URI. With a version behind it, a dataschema. */
  uri: TUri;
  /** The event type that it accepts. */
  type: TType;
  /** What each version accepts and emits. */
  versions: TVersions;
  /** The processing context of its handler. */
  domain?: string | null;
  /** What it is for. */
  description?: string | null;
  /** Data of its own, a JSON object. */
  metadata?: TMetaData;
}

/** A type with its schema as JSON Schema. */
export type ArvoContractRecordJsonSchema = { type: string; schema: Record<string, any> };

/** One version in the JSON form of a contract. */
export type VersionedArvoContractJSONSchema = {
  uri: string;
  domain: string | null;
  description: string | null;
  version: ArvoSemanticVersion;
  accepts: ArvoContractRecordJsonSchema;
  systemError: ArvoContractRecordJsonSchema;
  emits: ArvoContractRecordJsonSchema[];
  metadata: Record<string, any> | null;
};

/** The JSON form of a contract. */
export type ArvoContractJSONSchema = {
  uri: string;
  domain: string | null;
  description: string | null;
  metadata: Record<string, any> | null;
  versions: Omit<VersionedArvoContractJSONSchema, 'uri' | 'description'>[];
};

type Description = {
  uri: string;
  type: string;
  domain: string | null;
  description: string | null;
  metadata: Record<string, any>;
  systemErrorType: string;
  systemErrorDataschema: string;
  versions: { version: ArvoSemanticVersion }[];
};

/** What stands behind a contract of this package: the addon's object, and the host schemas by number. */
export type Backing = { contract: NativeContract; hosts: ReadonlyMap<number, HostSchema> };

/** Host schemas are numbered through all contracts, since a workflow needs those of several at once. */
let hostSchemas = 0;

const BACKING = new WeakMap<ArvoContract<any, any, any, any>, Backing>();

/** A contract that the core has built, on its way into the class. */
export class Built {
  constructor(
    readonly backing: Backing,
    readonly versions: VersionSpecs,
  ) {}
}

/**
 * A contract: a uri, an accepted type, and versions of what is accepted and emitted.
 *
 * Make one with {@link createArvoContract} and its like, or read one with {@link ArvoContract.fromJson}.
 *
 * @example
 * ```ts
 * import { createArvoContract } from 'arvo';
 * import { z } from 'zod';
 *
 * const contract = createArvoContract({
 *   uri: '#/orders/place',
 *   type: 'com.order.place',
 *   versions: {
 *     '1.0.0': { accepts: z.object({ item: z.string() }), emits: { 'evt.order.placed': z.object({ order: z.string() }) } },
 *   },
 * });
 * contract.version('latest').dataschema; // => "#/orders/place/1.0.0"
 * contract.systemError.type; // => "sys.com.order.place.error"
 * ```
 */
export class ArvoContract<
  TUri extends string = string,
  TType extends string = string,
  TVersions extends VersionSpecs = AnyVersions,
  TMetaData extends Record<string, any> = Record<string, any>,
> {
  readonly #about: Description;
  readonly #versions: TVersions;
  readonly #lookups = new Map<string, VersionedArvoContract<any, any>>();

  /** @throws {ArvoContractError} says what is wrong, and where. */
  constructor(params: IArvoContract<TUri, TType, TVersions, TMetaData>) {
    const { backing, versions } = params instanceof Built ? params : buildPlain(params);
    this.#about = JSON.parse(backing.contract.describe());
    this.#versions = Object.freeze(versions) as TVersions;
    Object.freeze(this.#about.metadata);
    BACKING.set(this, backing);
  }

  /**
   * Reads a contract's JSON form, as {@link ArvoContract.toJsonSchema} or the reference writes it.
   *
   * `unknownKeys` says what becomes of keys that a schema does not name, where the schema itself does not say so:
   * `strip` for contracts that the reference exported.
   *
   * @throws {ArvoContractError} says what is wrong, and where.
   *
   * @example
   * ```ts
   * import { ArvoContract } from 'arvo';
   *
   * const contract = ArvoContract.fromJson({
   *   uri: '#/orders/place',
   *   domain: null,
   *   description: null,
   *   metadata: {},
   *   versions: [{
   *     version: '1.0.0',
   *     accepts: { type: 'com.order.place', schema: { type: 'object', properties: { item: { type: 'string' } } } },
   *     emits: [],
   *   }],
   * }, { unknownKeys: 'strip' });
   * contract.type; // => "com.order.place"
   * ```
   */
  static fromJson(
    json: string | object,
    options: { unknownKeys?: 'strip' | 'strict' | 'passthrough' } = {},
  ): ArvoContract<string, string, any, Record<string, any>> {
    const text = typeof json === 'string' ? json : stringify(json, refused);
    const contract = native.importContract(text, options.unknownKeys ?? '');
    if (typeof contract === 'string') throw failureOf(contract);
    const form: ArvoContractJSONSchema = JSON.parse(contract.toJson());
    const versions = Object.fromEntries(
      form.versions.map(({ version, accepts, emits }) => [
        version,
        { accepts: accepts.schema, emits: Object.fromEntries(emits.map(({ type, schema }) => [type, schema])) },
      ]),
    );
    return new ArvoContract(new Built({ contract, hosts: new Map() }, versions) as never);
  }

  /** Where it stands. */
  get uri(): TUri {
    return this.#about.uri as TUri;
  }
  /** The event type that it accepts. */
  get type(): TType {
    return this.#about.type as TType;
  }
  /** What each version accepts and emits, as it was given. */
  get versions(): TVersions {
    return this.#versions;
  }
  /** The processing context of its handler. */
  get domain(): string | null {
    return this.#about.domain;
  }
  /** What it is for. */
  get description(): string | null {
    return this.#about.description;
  }
  /** Data of its own. */
  get metadata(): TMetaData {
    return this.#about.metadata as TMetaData;
  }
  /** The event by which its handler tells of failures. */
  get systemError(): ArvoContractRecord<`sys.${TType}.error`, typeof ArvoErrorSchema> {
    return { type: this.#about.systemErrorType as `sys.${TType}.error`, schema: ArvoErrorSchema };
  }

  /**
   * One version: exact, `latest` (or `any`), or `oldest`.
   *
   * @throws {ArvoContractError} when the contract lacks it.
   */
  version<V extends (ArvoSemanticVersion & keyof TVersions) | 'any' | 'latest' | 'oldest'>(
    option: V,
  ): V extends ArvoSemanticVersion & keyof TVersions
    ? VersionedArvoContract<this, V>
    : VersionedArvoContract<any, any> {
    let found = this.#lookups.get(option);
    if (found === undefined) {
      const version = answered(backingOf(this).contract.resolve(String(option)));
      found =
        (option === version ? undefined : this.#lookups.get(version)) ??
        new VersionedArvoContract({ contract: this, version: version as never });
      this.#lookups.set(option, found).set(version, found);
    }
    return found as never;
  }

  /** Its versions in order, as numbers. */
  getSortedVersionNumbers(ordering: 'ASC' | 'DESC'): ArvoSemanticVersion[] {
    const ascending = this.#about.versions.map(({ version }) => version);
    return ordering === 'ASC' ? ascending : ascending.reverse();
  }

  /** What it was made of. */
  export(): IArvoContract<TUri, TType, TVersions, TMetaData> {
    const { uri, type, domain, description, metadata, versions } = this;
    return { uri, type, domain, description, metadata, versions };
  }

  /** Its JSON form: schemas as JSON Schema, each object saying what becomes of unknown keys. */
  toJsonSchema(): ArvoContractJSONSchema {
    return JSON.parse(backingOf(this).contract.toJson());
  }
}

/** The compiled contract behind one of this package. */
export function backingOf(contract: ArvoContract<any, any, any, any>): Backing {
  const backing = BACKING.get(contract);
  if (backing === undefined)
    throw new ArvoContractError('this is no contract of this package; make one with createArvoContract');
  return backing;
}

/**
 * Makes a contract.
 *
 * A schema is one of Zod (3 or 4), of any other library with Standard Schema, or JSON Schema. Host schemas must be
 * synchronous.
 *
 * @throws {ArvoContractError} says what is wrong, and where.
 *
 * @example
 * ```ts
 * import { createArvoContract } from 'arvo';
 *
 * const contract = createArvoContract({
 *   uri: '#/orders/place',
 *   type: 'com.order.place',
 *   description: 'Takes orders',
 *   versions: {
 *     '1.0.0': {
 *       accepts: { type: 'object', properties: { item: { type: 'string' } }, required: ['item'] },
 *       emits: { 'evt.order.placed': { type: 'object' } },
 *     },
 *   },
 * });
 * contract.getSortedVersionNumbers('ASC'); // => ["1.0.0"]
 * ```
 */
export function createArvoContract<
  TUri extends string,
  TType extends string,
  TVersions extends VersionSpecs,
  TMetaData extends Record<string, any> = Record<string, any>,
>(contract: IArvoContract<TUri, TType, TVersions, TMetaData>): ArvoContract<TUri, TType, TVersions, TMetaData> {
  return new ArvoContract(contract);
}

/**
 * Builds a contract in the core: `about` is its kind with everything that is no schema, `versions` lays the schemas of
 * a version out as the kind wants them, `plain` is what `contract.versions` will be.
 */
export function build(about: Record<string, unknown>, versions: (slot: Slot) => unknown[], plain: VersionSpecs): Built {
  const hosts = new Map<number, HostSchema>();
  const slot: Slot = (schema, version, type) => {
    if (!isHostSchema(schema)) return { schema };
    const place = `contract ${about.uri}, version ${version}, type ${type}`;
    const host = hostSchemas++;
    hosts.set(host, { schema, place });
    return { schema: jsonSchemaOf(schema), host };
  };
  const { uri, type, name, kind, domain, description, metadata } = about;
  const text = stringify({ uri, type, name, kind, domain, description, metadata, versions: versions(slot) }, refused);
  const contract = native.buildContract(text);
  if (typeof contract === 'string') throw failureOf(contract);
  return new Built({ contract, hosts }, plain);
}

/** A schema as it crosses; `version` and `type` name its place in errors. */
export type Slot = (schema: unknown, version: string, type: string) => object;

function buildPlain(params: IArvoContract<any, any, any, any>): Built {
  const versions: VersionSpecs = params.versions ?? {};
  const lay = (slot: Slot) =>
    Object.entries(versions).map(([version, spec]) => ({
      version,
      accepts: slot(spec?.accepts, version, params.type),
      emits: Object.entries(spec?.emits ?? {}).map(([type, schema]) => ({ type, ...slot(schema, version, type) })),
    }));
  return build({ kind: 'plain', ...params }, lay, versions);
}

function refused(reason: string): ArvoContractError {
  return new ArvoContractError(`the contract ${reason}`);
}
