// Where an emitted event goes (SPEC §8).

import type { ArvoEvent } from './event.js';
import { native } from './native.js';
import { answered } from './text.js';
import type { VersionedArvoContract } from './versioned.js';

/**
 * Names for domains that are found when an event is emitted.
 *
 * @example
 * ```ts
 * import { ArvoDomain } from 'arvo';
 *
 * ArvoDomain.LOCAL; // => null
 * ```
 */
export const ArvoDomain = {
  /** The domain of the contract of the event being emitted. */
  FROM_EVENT_CONTRACT: 'domain.contract.inherit',
  /** The domain of the emitting handler's contract. */
  FROM_SELF_CONTRACT: 'domain.contract.self.inherit',
  /** The domain of the event being handled. */
  FROM_TRIGGERING_EVENT: 'domain.event.inherit',
  /** The domain inside the handled event's subject. */
  FROM_CURRENT_SUBJECT: 'domain.event.current.subject',
  /** The domain inside the parent workflow's subject. */
  FROM_PARENT_SUBJECT: 'domain.parent.subject',
  /** The local flow. */
  LOCAL: null,
  /** Wherever the conversation takes place: back from where a request came, across workflows. */
  ORCHESTRATION_CONTEXT: 'domain.orchestration.context',
} as const;

/**
 * The domain that an entry of a list of domains stands for.
 *
 * @example
 * ```ts
 * import { ArvoDomain, createArvoContract, createArvoEvent, resolveEventDomain } from 'arvo';
 *
 * const contract = createArvoContract({
 *   uri: '#/orders/approve',
 *   type: 'com.order.approve',
 *   domain: 'human.approval',
 *   versions: { '1.0.0': { accepts: {}, emits: {} } },
 * }).version('1.0.0');
 * resolveEventDomain({
 *   domainToResolve: ArvoDomain.FROM_SELF_CONTRACT,
 *   parentSubject: null,
 *   currentSubject: 'order/1',
 *   handlerSelfContract: contract,
 *   eventContract: null,
 *   triggeringEvent: createArvoEvent({ source: 'com.shop.web', type: 'com.order.approve', subject: 'order/1', data: {} }),
 * }); // => "human.approval"
 * ```
 */
export function resolveEventDomain(param: DomainContext & { domainToResolve: string | null }): string | null {
  return resolveEventDomains({ ...param, domainsToResolve: [param.domainToResolve] })[0] ?? null;
}

/** What domains are resolved in. */
export type DomainContext = {
  /** Subject of the parent workflow. */
  parentSubject: string | null;
  /** Subject of the event being handled. */
  currentSubject: string | null;
  /** Contract of the emitting handler. */
  handlerSelfContract: Pick<VersionedArvoContract<any, any>, 'domain'>;
  /** Contract of the event being emitted. */
  eventContract: Pick<VersionedArvoContract<any, any>, 'domain'> | null;
  /** The event being handled. */
  triggeringEvent: Pick<ArvoEvent<any, any, any>, 'domain'>;
};

/**
 * The domains that a whole list stands for, each once: an event is made for each of them.
 *
 * @example
 * ```ts
 * import { ArvoDomain, resolveEventDomains } from 'arvo';
 *
 * resolveEventDomains({
 *   domainsToResolve: ['analytics', ArvoDomain.LOCAL, ArvoDomain.FROM_TRIGGERING_EVENT],
 *   parentSubject: null,
 *   currentSubject: 'order/1',
 *   handlerSelfContract: { domain: null },
 *   eventContract: null,
 *   triggeringEvent: { domain: 'analytics' },
 * }); // => ["analytics", null]
 * ```
 */
export function resolveEventDomains(param: DomainContext & { domainsToResolve: (string | null)[] }): (string | null)[] {
  return JSON.parse(
    answered(
      native.resolveDomains(
        JSON.stringify({
          domains: param.domainsToResolve,
          selfContract: param.handlerSelfContract.domain,
          eventContract: param.eventContract?.domain ?? null,
          triggeringEvent: param.triggeringEvent.domain,
          currentSubject: param.currentSubject,
          parentSubject: param.parentSubject,
        }),
      ),
    ),
  );
}
