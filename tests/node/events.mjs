// events.json and ids.json: making, reading and writing events and their ids.

import {
  ArvoEvent,
  ArvoEventError,
  createArvoEvent,
  createArvoEventId,
  parseArvoEventId,
  validateURI,
} from '../../bindings-node/dist/index.js';
import { differences, inputValue } from './matching.mjs';

export const events = {
  create: ({ input, extensions }, expect, labels) =>
    made(() => createArvoEvent(inputValue(input), extensions && inputValue(extensions)), expect, labels),

  parse: ({ json }, expect, labels) => made(() => ArvoEvent.parse(JSON.stringify(inputValue(json))), expect, labels),

  uri({ input, encoded, properlyEncoded }, _, labels) {
    const text = inputValue(input);
    const proper = differences(properlyEncoded, validateURI(text), labels, '/properlyEncoded');
    if (text === '') return proper; // an event's source is never empty
    const event = () => createArvoEvent({ source: text, type: 'com.test.event', subject: 's', data: {} });
    if (encoded === null) return [...proper, ...refused(event, ['source'], labels)];
    return [...proper, ...differences(properlyEncoded ? text : encoded, event().source, labels, '/encoded')];
  },

  toString: ({ json, spacing }, expect, labels) =>
    differences(expect, ArvoEvent.parse(JSON.stringify(json)).toString(spacing), labels),

  otelAttributes: ({ json }, expect, labels) =>
    differences(expect, ArvoEvent.parse(JSON.stringify(json)).otelAttributes, labels),

  parts({ json, extensions, frozen, cloudeventDefault, cloudeventExtensions }, _, labels) {
    const event = ArvoEvent.parse(JSON.stringify(json));
    return [
      ...differences(extensions, event.extensions, labels, '/extensions'),
      ...differences(frozen, Object.isFrozen(event), labels, '/frozen'),
      ...differences(cloudeventDefault, event.cloudevent.default, labels, '/cloudeventDefault'),
      ...differences(cloudeventExtensions, event.cloudevent.extensions, labels, '/cloudeventExtensions'),
    ];
  },
};

export const eventsDefaults = ({ datacontenttype, specversion, otelNull }, labels) => {
  const event = createArvoEvent({ source: 'a', type: 'com.test.event', subject: 's', data: {} });
  return differences(
    { datacontenttype, specversion, otelNull },
    {
      datacontenttype: event.datacontenttype,
      specversion: event.specversion,
      otelNull: event.otelAttributes['cloudevents.arvo.event_domain'],
    },
    labels,
  );
};

export const ids = {
  create({ input }, expect, labels) {
    const id = createArvoEventId(inputValue(input));
    switch (expect.kind) {
      case 'exact':
        return differences(expect.id, id, labels);
      case 'uuid4':
        return differences({ $uuid: 'id' }, id, labels);
      default:
        return differences(expect.decoded, parseArvoEventId(id)[0], labels);
    }
  },

  parse({ id }, expect, labels) {
    const [read, error] = parseArvoEventId(inputValue(id));
    if (expect.plain)
      return differences({ id: inputValue(id), plain: true }, { id: read, plain: error instanceof Error }, labels);
    return differences(expect.decoded, read, labels);
  },
};

function made(make, expect, labels) {
  if (!expect.valid) return refused(make, expect.invalid, labels);
  const event = make();
  const keys =
    expect.keyOrder === undefined ? [] : differences(expect.keyOrder, Object.keys(event.toJSON()), labels, '/keyOrder');
  return [...differences(expect.json, event.toJSON(), labels), ...keys];
}

function refused(make, invalid, labels) {
  try {
    return [`/: wanted ${invalid} to be refused, found ${make()}`];
  } catch (error) {
    if (!(error instanceof ArvoEventError)) throw error;
    const broken = [...new Set(error.broken.map(({ attribute }) => attribute))].sort();
    return differences([...invalid].sort(), broken, labels, '/invalid');
  }
}
