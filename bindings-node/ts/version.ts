// Versions and dataschemas (SPEC §4).

import type { ArvoEvent } from './event.js';
import { native } from './native.js';
import { answered } from './text.js';
import type { ArvoSemanticVersion } from './types.js';
import type { VersionedArvoContract } from './versioned.js';

/** The version that stands for any: never a contract's own, carried by system errors. */
export const WildCardArvoSemanticVersion = '0.0.0' as const satisfies ArvoSemanticVersion;

/**
 * Whether a text is a version such as `1.0.0`.
 *
 * @example
 * ```ts
 * import { isValidArvoSemanticVersion } from 'arvo';
 *
 * isValidArvoSemanticVersion('1.2'); // => false
 * ```
 */
export function isValidArvoSemanticVersion(version: string): version is ArvoSemanticVersion {
  return native.isVersion(version);
}

/**
 * Whether a version is the wildcard `0.0.0`.
 *
 * @example
 * ```ts
 * import { isWildCardArvoSematicVersion } from 'arvo';
 *
 * isWildCardArvoSematicVersion('0.0.0'); // => true
 * ```
 */
export function isWildCardArvoSematicVersion(version: string): version is typeof WildCardArvoSemanticVersion {
  return native.isWildcard(version);
}

/**
 * The three numbers of a version.
 *
 * @throws {Error} when the text is no version.
 *
 * @example
 * ```ts
 * import { parseSemanticVersion } from 'arvo';
 *
 * parseSemanticVersion('1.20.3'); // => { major: 1, minor: 20, patch: 3 }
 * ```
 */
export function parseSemanticVersion(version: ArvoSemanticVersion): { major: number; minor: number; patch: number } {
  return JSON.parse(answered(native.parseVersion(version)));
}

/**
 * Compares two versions as numbers: negative, zero or positive.
 *
 * @throws {Error} when one is no version.
 *
 * @example
 * ```ts
 * import { compareSemanticVersions } from 'arvo';
 *
 * ['1.10.0', '1.9.0'].sort((a, b) => compareSemanticVersions(a as '1.10.0', b as '1.9.0')); // => ["1.9.0", "1.10.0"]
 * ```
 */
export function compareSemanticVersions(version1: ArvoSemanticVersion, version2: ArvoSemanticVersion): number {
  return Number(answered(native.compareVersions(version1, version2)));
}

/**
 * Dataschemas, `{contract uri}/{version}`: which contract version an event's data follows.
 *
 * @example
 * ```ts
 * import { EventDataschemaUtil } from 'arvo';
 *
 * EventDataschemaUtil.build('#/orders/place', '1.0.0'); // => "#/orders/place/1.0.0"
 * EventDataschemaUtil.parse('#/orders/place/1.0.0'); // => { uri: "#/orders/place", version: "1.0.0" }
 * EventDataschemaUtil.parse('#/orders/place'); // => null
 * ```
 */
// biome-ignore lint/complexity/noStaticOnlyClass: the reference's name and shape
export class EventDataschemaUtil {
  /** Joins a uri and a version. */
  static build<TUri extends string, TVersion extends ArvoSemanticVersion>(
    uri: TUri,
    version: TVersion,
  ): `${TUri}/${TVersion}` {
    return `${uri}/${version}`;
  }

  /** The dataschema of a contract version. */
  static create<T extends VersionedArvoContract<any, any>>(contract: T): `${T['uri']}/${T['version']}` {
    return EventDataschemaUtil.build(contract.uri, contract.version);
  }

  /** The dataschema of a contract, with the wildcard as its version. */
  static createWithWildCardVersion<T extends VersionedArvoContract<any, any>>(contract: T): `${T['uri']}/0.0.0` {
    return EventDataschemaUtil.build(contract.uri, WildCardArvoSemanticVersion);
  }

  /** The uri and version of a dataschema, or of an event's; null when there is none. */
  static parse(data: ArvoEvent<any, any, any> | string): { uri: string; version: ArvoSemanticVersion } | null {
    return JSON.parse(native.parseDataschema(typeof data === 'string' ? data : (data.dataschema ?? '')));
  }

  /** Whether it names a uri and a version. */
  static isValid(data: ArvoEvent<any, any, any> | string): boolean {
    return EventDataschemaUtil.parse(data) !== null;
  }
}
