// Events: what is broken is told completely; what is made never changes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ArvoEvent, ArvoEventError, createArvoEvent, eventOf, thrownBy } from './service.mjs';

const WHOLE = {
  id: 'e-1',
  source: 'com.shop.web',
  specversion: '1.0',
  type: 'com.order.place',
  subject: 'order/1',
  datacontenttype: 'application/cloudevents+json;charset=UTF-8;profile=arvo',
  dataschema: null,
  data: { item: 'tea' },
  time: '2026-01-31T12:00:00.000+00:00',
  to: 'com.order.place',
  accesscontrol: null,
  redirectto: null,
  executionunits: null,
  traceparent: null,
  tracestate: null,
  parentid: null,
  domain: null,
};

const BROKEN = {
  id: '',
  source: 'a b',
  specversion: '2.0',
  type: 'Order',
  subject: '',
  datacontenttype: 'text/plain',
  dataschema: 'a b',
  data: [1],
  time: 'yesterday',
  to: 'a b',
  accesscontrol: '',
  redirectto: 'a b',
  executionunits: '1',
  traceparent: '',
  tracestate: '',
  parentid: '',
  domain: 'Human Review',
};

for (const [attribute, value] of Object.entries(BROKEN)) {
  test(`a broken ${attribute} is named, and nothing else`, async () => {
    const error = await thrownBy(() => ArvoEvent.parse(JSON.stringify({ ...WHOLE, [attribute]: value })));
    assert.ok(error instanceof ArvoEventError);
    assert.deepEqual(
      error.broken.map((each) => each.attribute),
      [attribute],
    );
    assert.match(error.message, new RegExp(`"${attribute}"`));
    assert.ok(error.broken[0].reason.length > 10);
  });
}

test('all broken attributes are named at once, as text and as data', async () => {
  const error = await thrownBy(() => ArvoEvent.parse(JSON.stringify({ ...BROKEN, Bad: {} })));
  assert.deepEqual(error.broken.map((each) => each.attribute).sort(), [...Object.keys(BROKEN), 'Bad'].sort());
  for (const attribute of Object.keys(BROKEN)) assert.match(error.message, new RegExp(`"${attribute}"`));
});

test('the same holds when an event is made', async () => {
  const draft = { type: 'X', time: 'x', domain: 'X', accesscontrol: '', executionunits: Number.NaN, data: 'text' };
  const error = await thrownBy(() => createArvoEvent(draft, { 'B-B': 1, to: 'x' }));
  const named = new Set(error.broken.map((each) => each.attribute));
  for (const attribute of [
    'source',
    'subject',
    'type',
    'time',
    'domain',
    'accesscontrol',
    'executionunits',
    'data',
    'B-B',
    'to',
  ]) {
    assert.ok(named.has(attribute), attribute);
  }
});

test('data that is no JSON is refused with its reason', async () => {
  const circular = {};
  circular.self = circular;
  for (const data of [circular, { big: 1n }]) {
    const error = await thrownBy(() => eventOf(data));
    assert.ok(error instanceof ArvoEventError);
    assert.deepEqual(
      error.broken.map((each) => each.attribute),
      ['data'],
    );
    assert.ok(error.cause instanceof TypeError);
  }
});

test("values are written by JavaScript's own rules", () => {
  const event = eventOf({ at: new Date(0), gone: undefined, list: [undefined], own: { toJSON: () => 'text' } });
  assert.deepEqual(event.data, { at: '1970-01-01T00:00:00.000Z', list: [null], own: 'text' });
});

test('an event and its data are frozen; toJSON gives a fresh copy', () => {
  const event = eventOf({ item: 'tea', deep: { a: 1 } });
  assert.ok(Object.isFrozen(event));
  assert.ok(Object.isFrozen(event.data));
  assert.throws(() => {
    event.data.item = 'coffee';
  }, TypeError);
  event.toJSON().data.item = 'coffee';
  assert.equal(event.data.item, 'tea');
});

test('events are compared by content', () => {
  const [one, other] = [ArvoEvent.parse(JSON.stringify(WHOLE)), ArvoEvent.parse(JSON.stringify(WHOLE, null, 2))];
  assert.deepEqual(one.toJSON(), other.toJSON());
  assert.deepStrictEqual(ArvoEvent.parse(JSON.stringify(WHOLE)), one);
  assert.notDeepStrictEqual(ArvoEvent.parse(JSON.stringify({ ...WHOLE, data: { item: 'coffee' } })), one);
});

test('text is what JSON.stringify writes, and large integers pass unchanged', () => {
  const event = eventOf({ text: 'ä "quoted" \\u00e4 \u{1f600}\u2028\u0007', number: 1e21 });
  assert.equal(event.toString(), JSON.stringify(event));
  assert.equal(event.toString(2), JSON.stringify(event, null, 2));
  const large = JSON.stringify(WHOLE).replace('"tea"', '12345678901234567890');
  assert.equal(ArvoEvent.parse(large).toString(), large);
  const spaced = JSON.stringify(WHOLE, null, 1).replace('"tea"', '"t\u00e4"');
  assert.deepEqual(JSON.parse(ArvoEvent.parse(spaced).toString()), JSON.parse(spaced));
});

test('an event is read from bytes, and from CloudEvents of another origin', async () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ ...WHOLE, data: { item: 'Tée' } }));
  assert.equal(ArvoEvent.parse(bytes).data.item, 'Tée');
  const broken = await thrownBy(() => ArvoEvent.parse(Uint8Array.of(0x7b, 0xff, 0x7d)));
  assert.ok(broken instanceof ArvoEventError);
  assert.match(broken.message, /UTF-8/);
  const { to, domain, ...foreign } = WHOLE;
  foreign.datacontenttype = 'application/json';
  assert.equal(ArvoEvent.parseLenient(JSON.stringify(foreign)).to, null);
  assert.ok((await thrownBy(() => ArvoEvent.parse(JSON.stringify(foreign)))) instanceof ArvoEventError);
});

test('the constructor takes the parts, as the reference does', async () => {
  const { data, ...context } = WHOLE;
  const event = new ArvoEvent(context, data, { tenant: 'acme' });
  assert.deepEqual(event.extensions, { tenant: 'acme' });
  assert.deepEqual(event.toJSON(), { ...WHOLE, tenant: 'acme' });
  const error = await thrownBy(() => new ArvoEvent(context, data, { domain: 'x' }));
  assert.deepEqual(
    error.broken.map((each) => each.attribute),
    ['domain'],
  );
});

test('console.log shows what an event holds', () => {
  assert.match(inspect(eventOf()), /ArvoEvent \{.*type: 'com.order.place'/s);
});

test('an extension that is no number of JSON is refused by name', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const attributes = { source: 'com.shop.web', type: 'com.order.place', subject: 's', data: {} };
    assert.throws(() => createArvoEvent(attributes, { weight: value }), {
      message: `an event has 1 broken attribute(s): "weight" is ${value}, which JSON can't hold; give a finite number`,
      broken: [{ attribute: 'weight', reason: `is ${value}, which JSON can't hold; give a finite number` }],
    });
  }
});
