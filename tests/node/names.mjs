// versions.json, subjects.json and domains.json: the names that events carry.

import {
  ArvoEvent,
  ArvoOrchestrationSubject,
  compareSemanticVersions,
  createArvoContract,
  createArvoEvent,
  createArvoEventHandler,
  EventDataschemaUtil,
  isValidArvoSemanticVersion,
  isWildCardArvoSematicVersion,
  parseSemanticVersion,
  resolveEventDomain,
  resolveEventDomains,
  WildCardArvoSemanticVersion,
} from '../../bindings-node/dist/index.js';
import { differences, errorOf, inputValue } from './matching.mjs';

/** What a call gave, as expectations say it. */
function outcome(call, named, wanted) {
  try {
    return { [named]: call() };
  } catch (error) {
    return { error: errorOf(error, wanted) };
  }
}

export const versions = {
  compare({ a, b, note }, expect, labels) {
    const sign = Math.sign(compareSemanticVersions(a, b));
    return note === undefined ? differences(Math.sign(expect), sign, labels) : []; // beyond 2^53 the reference is wrong
  },
  valid({ version, valid, wildcard, parse }, _, labels) {
    const found = {
      valid: isValidArvoSemanticVersion(version),
      wildcard: isWildCardArvoSematicVersion(version),
      parse: outcome(() => parseSemanticVersion(version), 'ok'),
    };
    return differences({ valid, wildcard, parse }, found, labels);
  },
  dataschemaParse: ({ dataschema, isValid }, expect, labels) =>
    differences(
      [expect, isValid],
      [EventDataschemaUtil.parse(dataschema), EventDataschemaUtil.isValid(dataschema)],
      labels,
    ),
  dataschemaOfEvent({ dataschema }, expect, labels) {
    const event = createArvoEvent({ source: 'a', type: 'com.test.event', subject: 's', data: {}, dataschema });
    return differences(expect, EventDataschemaUtil.parse(event), labels);
  },
  dataschemaBuild: ({ uri, version }, expect, labels) =>
    differences(expect, EventDataschemaUtil.build(uri, version), labels),
};

export const versionsWildcard = (wildcard, labels) => differences(wildcard, WildCardArvoSemanticVersion, labels);

/** A subject made or read: its decoded content, or the broken fields. */
function subjectOf(make, expect, labels) {
  try {
    return differences(expect.decoded ?? 'an error', ArvoOrchestrationSubject.parse(make()), labels);
  } catch (error) {
    if (expect.error === undefined || error.broken === undefined) throw error;
    if (expect.error === true) return [];
    const { broken, message } = expect.error;
    const found = { broken: [...error.broken].sort(), message: error.message };
    return differences({ broken, message: message ?? { $open: true } }, found, labels);
  }
}

export const subjects = {
  new: ({ input }, expect, labels) => subjectOf(() => ArvoOrchestrationSubject.new(inputValue(input)), expect, labels),
  create: ({ content }, expect, labels) =>
    subjectOf(() => ArvoOrchestrationSubject.create(inputValue(content)), expect, labels),
  from: ({ input }, expect, labels) =>
    subjectOf(() => ArvoOrchestrationSubject.from(inputValue(input)), expect, labels),
  parse({ subject, isValid }, expect, labels) {
    const text = inputValue(subject);
    const valid = differences(isValid, ArvoOrchestrationSubject.isValid(text), labels, '/isValid');
    return [...valid, ...subjectOf(() => text, expect, labels)];
  },
  validAsEventSubject({ subject, staysAsItIs }, _, labels) {
    const event = createArvoEvent({ source: 'a', type: 'com.test.event', subject, data: {} });
    return differences(staysAsItIs, ArvoEvent.parse(event.toString()).subject === subject, labels);
  },
};

export const domains = {
  resolve(recorded, expect, labels, file) {
    const domainOf = (name) => (name === null ? null : { domain: file.contractDomains[name] });
    const found = resolveEventDomain({
      domainToResolve: recorded.value,
      currentSubject: file.subjects[recorded.currentSubject].subject,
      parentSubject: file.parents[recorded.parentSubject]?.subject ?? null,
      triggeringEvent: { domain: recorded.triggeringDomain },
      handlerSelfContract: domainOf(recorded.selfContract) ?? { domain: null },
      eventContract: domainOf(recorded.eventContract),
    });
    return differences(expect, found, labels);
  },

  async lists(recorded, expect, labels, file) {
    const contracts = file.listContracts[recorded.at];
    const inHandler = { 'handler output': 'emits', 'handler error': 'systemError' }[recorded.at];
    if (inHandler !== undefined) return differences(expect, await handled(recorded, contracts.self, inHandler), labels);
    const found = resolveEventDomains({
      domainsToResolve: recorded.list,
      currentSubject: subjectIn(recorded.subject),
      parentSubject: recorded.parent === 'no parent' ? null : subjectIn(recorded.parent),
      triggeringEvent: { domain: recorded.event },
      handlerSelfContract: { domain: contracts.self },
      eventContract: { domain: contracts.event },
    });
    return differences(expect, found, labels);
  },
};

function subjectIn(domain) {
  return ArvoOrchestrationSubject.new({
    orchestator: 'arvo.orc.test',
    version: '1.0.0',
    initiator: 'com.test.client',
    domain,
  });
}

/** The domains of the events that a handler emits, or of its system errors. */
async function handled({ list, event: domain, subject }, own, place) {
  const contract = createArvoContract({
    uri: '#/test/lists',
    type: 'com.test.lists',
    domain: own,
    versions: { '1.0.0': { accepts: {}, emits: { 'evt.test.lists': {} } } },
  });
  const handler = createArvoEventHandler({
    contract,
    executionunits: 0,
    defaultEventEmissionDomains: { [place]: list },
    handler: {
      '1.0.0': () => {
        if (place === 'systemError') throw new Error('to be told');
        return { type: 'evt.test.lists', data: {} };
      },
    },
  });
  const event = createArvoEvent({
    source: 'com.test.client',
    type: 'com.test.lists',
    subject: subjectIn(subject),
    domain,
    data: {},
  });
  const { events } = await handler.execute(event);
  return events.map((each) => each.domain);
}
