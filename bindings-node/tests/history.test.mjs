// Histories as pictures; what they look like is tested in the core.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as arvo from '../dist/index.js';
import { request, storeOf } from './durable.mjs';
import { adder, flowOf, init } from './flow.mjs';

test("a broker's history is drawn", async () => {
  const { broker, resolve } = arvo.createSimpleEventBroker([flowOf(), adder], {
    onError: (error) => assert.fail(error),
  });
  await resolve(init());
  const lines = arvo.timeline(broker.events).split('\n');
  assert.ok(lines[0].startsWith(`${broker.events.length} events in `), lines[0]);
  assert.equal(lines.length, broker.events.length + 1);
  assert.match(lines[2], /arvo\.orc\.sum → com\.calc\.add/);
  const drawn = arvo.sequenceDiagram(broker.events);
  assert.ok(drawn.startsWith('sequenceDiagram\n'));
  assert.ok(drawn.includes('p2->>p3: com.calc.add\n'), drawn);
  assert.ok(drawn.includes('p3-->>p2: evt.calc.add.success\n'), drawn);
});

test('what a store tells of a delivery is drawn too', async (t) => {
  const store = await storeOf(t);
  const event = request();
  await store.publish(event);
  const history = await store.history(event.subject);
  assert.match(arvo.timeline(history), / {2}waiting$/);
  assert.match(arvo.sequenceDiagram(history), /<br\/>waiting\n$/);
});

test('long histories are cut', () => {
  const event = arvo.createArvoEvent({ source: 'com.shop.web', type: 'com.stock.take', subject: 'order/17', data: {} });
  const many = Array.from({ length: 10 }, () => event);
  assert.ok(arvo.timeline(many, { most: 2 }).includes('… 8 events left out'));
  for (const line of arvo.timeline([event], { width: 20 }).split('\n')) assert.ok([...line].length <= 20, line);
  assert.equal(arvo.sequenceDiagram(new Set(many), { most: 4 }).split('->>').length, 2);
  assert.equal(arvo.sequenceDiagram(many, { most: 4 }).split('->>').length, 5);
});

test('what is no history is refused', () => {
  for (const draw of [arvo.timeline, arvo.sequenceDiagram]) {
    for (const history of [[1], [{}], [{ event: {} }]]) assert.throws(() => draw(history), arvo.ArvoEventError);
    assert.throws(() => draw(null), TypeError);
    for (const most of [-1, 1.5, Number.NaN]) assert.throws(() => draw([], { most }), RangeError);
    assert.equal(typeof draw([], { most: Number.MAX_SAFE_INTEGER }), 'string');
  }
});
