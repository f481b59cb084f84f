// One version of a contract: what a handler or a client is written against (SPEC §5).

import { type ArvoContract, backingOf, type VersionedArvoContractJSONSchema } from './contract.js';
import type { ArvoEvent } from './event.js';
import type { Out } from './schema-types.js';
import { answered } from './text.js';
import type { ArvoContractRecord, ArvoSemanticVersion, CloudEventExtension, InferArvoEvent } from './types.js';
import { EventDataschemaUtil, WildCardArvoSemanticVersion } from './version.js';

/** The contract of a version; set where the private field can be seen. */
export let contractOf: (version: VersionedArvoContract<any, any>) => ArvoContract<any, any, any, any>;

/** What a version of a contract is made of. */
export interface IVersionedArvoContract<TContract extends ArvoContract<any, any, any, any>, TVersion> {
  contract: TContract;
  version: TVersion;
}

/**
 * One version of a contract: what a handler or a client is written against.
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
 * const version = contract.version('1.0.0');
 * version.accepts.type; // => "com.greet.user"
 * version.emitList.map(({ type }) => type); // => ["evt.greet.user.success"]
 * ```
 */
export class VersionedArvoContract<
  TContract extends ArvoContract<any, any, any, any>,
  TVersion extends ArvoSemanticVersion & keyof TContract['versions'],
> {
  readonly #contract: TContract;
  readonly #version: TVersion;

  /** @throws {ArvoContractError} when the contract lacks the version. */
  constructor({ contract, version }: IVersionedArvoContract<TContract, TVersion>) {
    this.#contract = contract;
    this.#version = answered(backingOf(contract).contract.resolve(version)) as TVersion;
  }

  /** Where its contract stands. */
  get uri(): TContract['uri'] {
    return this.#contract.uri;
  }
  /** Its version. */
  get version(): TVersion {
    return this.#version;
  }
  /** The processing context of its handler. */
  get domain(): TContract['domain'] {
    return this.#contract.domain;
  }
  /** What its contract is for. */
  get description(): TContract['description'] {
    return this.#contract.description;
  }
  /** Data of the contract's own. */
  get metadata(): TContract['metadata'] {
    return this.#contract.metadata;
  }
  /** `{uri}/{version}`. */
  get dataschema(): `${TContract['uri']}/${TVersion}` {
    return EventDataschemaUtil.build(this.uri, this.version);
  }
  /** The accepted type with its schema. */
  get accepts(): ArvoContractRecord<TContract['type'], TContract['versions'][TVersion]['accepts']> {
    return { type: this.#contract.type, schema: this.#contract.versions[this.#version].accepts };
  }
  /** The schemas of what it emits, by type. */
  get emits(): TContract['versions'][TVersion]['emits'] {
    return this.#contract.versions[this.#version].emits;
  }
  /** The same as a list. */
  get emitList(): {
    [K in keyof TContract['versions'][TVersion]['emits'] & string]: ArvoContractRecord<
      K,
      TContract['versions'][TVersion]['emits'][K]
    >;
  }[keyof TContract['versions'][TVersion]['emits'] & string][] {
    return Object.entries(this.emits).map(([type, schema]) => ({ type, schema })) as never;
  }
  /** The event by which failures are told. */
  get systemError(): TContract['systemError'] & { dataschema: `${TContract['uri']}/0.0.0` } {
    const dataschema = EventDataschemaUtil.build(this.uri, WildCardArvoSemanticVersion);
    return { ...this.#contract.systemError, dataschema };
  }
  /** Its part of the contract's JSON form. */
  toJsonSchema(): VersionedArvoContractJSONSchema {
    const { uri, description, versions } = this.#contract.toJsonSchema();
    const own = versions.find(({ version }) => version === this.#version);
    return { uri, description, ...(own as Omit<VersionedArvoContractJSONSchema, 'uri' | 'description'>) };
  }

  static {
    contractOf = (version) => version.#contract;
  }
}

/** Data as a schema of a contract gives it. */
export type ResolveArvoContractRecord<TRecord extends ArvoContractRecord<any, any>> = Out<TRecord['schema']>;

type EventOf<TType extends string, TSchema> = InferArvoEvent<ArvoEvent<Out<TSchema>, CloudEventExtension, TType>>;

/** The events of a version of a contract, as plain JSON. */
export type InferVersionedArvoContract<TVersion extends VersionedArvoContract<any, any>> = {
  uri: TVersion['uri'];
  version: TVersion['version'];
  description: TVersion['description'];
  metadata: TVersion['metadata'];
  systemError: EventOf<TVersion['systemError']['type'], TVersion['systemError']['schema']>;
  accepts: EventOf<TVersion['accepts']['type'], TVersion['accepts']['schema']>;
  emits: { [K in keyof TVersion['emits'] & string]: EventOf<K, TVersion['emits'][K]> };
  emitList: { [K in keyof TVersion['emits'] & string]: EventOf<K, TVersion['emits'][K]> }[keyof TVersion['emits'] &
    string][];
};
