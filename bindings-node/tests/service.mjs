// What the tests of this folder share: a contract in JSON Schema and in Zod, events of it, and the face itself.

import * as arvo from '../dist/index.js';

export * from '../dist/index.js';

const text = { type: 'string' };
export const PLACE = {
  type: 'object',
  properties: { item: text, count: { type: 'number', default: 1 } },
  required: ['item'],
};
export const PLACED = { type: 'object', properties: { order: text }, required: ['order'] };

/** A contract of one version, whose schemas are given. */
export function contractOf(accepts = PLACE, emitted = PLACED, more = {}) {
  return arvo.createArvoContract({
    uri: '#/orders/place',
    type: 'com.order.place',
    versions: { '1.0.0': { accepts, emits: { 'evt.order.placed': emitted } } },
    ...more,
  });
}

/** A handler of that contract. */
export function handlerOf(call, contract = contractOf()) {
  return arvo.createArvoEventHandler({ contract, executionunits: 1, handler: { '1.0.0': call } });
}

/** An event for it. */
export function eventOf(data = { item: 'tea' }, more = {}) {
  return arvo.createArvoEvent({
    source: 'com.shop.web',
    type: 'com.order.place',
    subject: 'order/1',
    dataschema: '#/orders/place/1.0.0',
    data,
    ...more,
  });
}

/** What a handler of it answers when all is well. */
export const placed = (order = 'o-1') => ({ type: 'evt.order.placed', data: { order } });

/** What a call throws, now or by its promise. */
export async function thrownBy(call) {
  try {
    await call();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}
