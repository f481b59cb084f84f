// The services themselves, one handler each; the rules are those of ../README.md.

import { createArvoEventHandler } from 'arvo';
import { approve, charge, courier, label, release, reserve } from './contracts.js';

const numberOf = (sku: string) => Number(sku.slice('SKU-'.length));

export const inventoryReserve = createArvoEventHandler({
  contract: reserve,
  executionunits: 0,
  handler: {
    '1.0.0': async ({ event }) => {
      const { orderId, items } = event.data;
      const missing = items
        .map(({ sku, quantity }) => ({ sku, requested: quantity, available: (7 * numberOf(sku)) % 23 }))
        .filter(({ requested, available }) => requested > available);
      if (missing.length > 0) return { type: 'evt.inventory.shortage', data: { orderId, missing } };
      const warehouse = `WH-${(numberOf(items[0]?.sku ?? '') % 3) + 1}`;
      return { type: 'evt.inventory.reserved', data: { orderId, reservationId: `RSV-${orderId}`, warehouse } };
    },
  },
});

export const inventoryRelease = createArvoEventHandler({
  contract: release,
  executionunits: 0,
  handler: {
    '1.0.0': async () => ({ type: 'evt.inventory.release.success', data: { released: true } }),
  },
});

export const paymentCharge = createArvoEventHandler({
  contract: charge,
  executionunits: 0,
  handler: {
    '1.0.0': async ({ event }) => ({
      type: 'evt.payment.charge.success',
      data: { paymentId: `PAY-${event.data.orderId}`, approved: true },
    }),
    '2.0.0': async ({ event }) => {
      const { orderId, card } = event.data;
      if (card.endsWith('0000')) throw new Error('Gateway timeout');
      if (Number(card.at(-1)) % 2 === 0) {
        const paymentId = `PAY-${orderId}`;
        return { type: 'evt.payment.charge.success', data: { paymentId, status: 'approved', reason: null } };
      }
      const reason = 'insufficient funds';
      return { type: 'evt.payment.charge.success', data: { paymentId: null, status: 'declined', reason } };
    },
  },
});

export const orderApprove = createArvoEventHandler({
  contract: approve,
  executionunits: 0,
  handler: {
    '1.0.0': async ({ event }) => ({
      type: 'evt.order.approve.decided',
      data: { approved: event.data.total < 5000, by: 'clerk' },
    }),
  },
});

export const labelCreate = createArvoEventHandler({
  contract: label,
  executionunits: 0,
  handler: {
    '1.0.0': async ({ event }) => {
      const { orderId, country } = event.data;
      if (country === 'XX') throw new Error('Unknown country XX');
      return { type: 'evt.label.create.success', data: { labelId: `LBL-${orderId}` } };
    },
  },
});

const CARRIERS: Record<string, [carrier: string, etaDays: number]> = {
  AU: ['AusPost', 2],
  US: ['UPS', 5],
  DE: ['DHL', 4],
  IN: ['BlueDart', 6],
};

export const courierBook = createArvoEventHandler({
  contract: courier,
  executionunits: 0,
  handler: {
    '1.0.0': async ({ event }) => {
      const [carrier, etaDays] = CARRIERS[event.data.country] ?? ['FedEx', 8];
      return { type: 'evt.courier.book.success', data: { carrier, cost: 5 + 1.5 * event.data.parcels, etaDays } };
    },
  },
});
