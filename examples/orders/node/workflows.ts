// The two workflows, as functions that are called for each of their events; the rules are those of ../README.md.

import { ArvoDomain, createArvoResumable, SimpleMachineMemory } from 'arvo';
import { approve, charge, courier, fulfilment, label, release, reserve, shipment } from './contracts.js';

type Item = { sku: string; quantity: number };
type Ending = { status: 'fulfilled' | 'rejected' | 'failed'; reason: string | null };

/** What the fulfilment remembers of an order between two events. */
type Progress = {
  orderId: string;
  customer: { id: string; tier: string };
  items: Item[];
  card: string;
  country: string;
  total: number;
  reservationId?: string;
  paymentId?: string;
  /** How it ends, once what was set aside is put back. */
  ending?: Ending;
};

const memory = new SimpleMachineMemory();

const askClerk = ({ orderId, total, customer }: Progress) => ({
  type: approve.type,
  data: { orderId, total, customer: customer.id },
  domain: [ArvoDomain.FROM_EVENT_CONTRACT], // the clerk sits in the domain of the contract
});

const askPayment = ({ orderId, total, card }: Progress) => ({
  type: charge.type,
  data: { orderId, amount: total, card },
});

/** Puts back what was set aside, then ends so. */
const putBack = (progress: Progress, status: Ending['status'], reason: string) => ({
  context: { ...progress, ending: { status, reason } },
  services: [{ type: release.type, data: { reservationId: progress.reservationId ?? '', reason } }],
});

const end = ({ orderId, total, paymentId }: Progress, { status, reason }: Ending) => ({
  output: { orderId, status, reason, total, paymentId: paymentId ?? null, trackingId: null, etaDays: null },
});

/** From an order to a parcel, or to a reasoned refusal. */
export const orderFulfilment = createArvoResumable({
  contracts: {
    self: fulfilment,
    services: {
      reserve: reserve.version('1.0.0'),
      release: release.version('1.0.0'),
      charge: charge.version('2.0.0'),
      approve: approve.version('1.0.0'),
      shipment: shipment.version('1.0.0'),
    },
  },
  types: { context: {} as Progress },
  memory,
  handler: {
    '1.0.0': async ({ input, service, context }) => {
      if (input) {
        const { orderId, customer, card, country } = input.data;
        const sum = input.data.items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
        const items = input.data.items.map(({ sku, quantity }) => ({ sku, quantity }));
        const total = Math.round(sum * 100) / 100;
        return {
          context: { orderId, customer, items, card, country, total },
          services: [{ type: reserve.type, data: { orderId, items } }],
        };
      }
      if (!service || !context) throw new Error('an answer came before the order');
      switch (service.type) {
        case 'evt.inventory.shortage': {
          const missing = service.data.missing.map(({ sku }) => sku).join(', ');
          return end(context, { status: 'rejected', reason: `out of stock: ${missing}` });
        }
        case 'evt.inventory.reserved': {
          const progress = { ...context, reservationId: service.data.reservationId };
          const isLarge = progress.total > 1000 && progress.customer.tier !== 'gold';
          return { context: progress, services: [isLarge ? askClerk(progress) : askPayment(progress)] };
        }
        case 'evt.order.approve.decided':
          if (service.data.approved) return { services: [askPayment(context)] };
          return putBack(context, 'rejected', `not approved by ${service.data.by}`);
        case 'evt.payment.charge.success': {
          const { status, paymentId, reason } = service.data;
          if (status === 'declined') return putBack(context, 'rejected', `payment declined: ${reason}`);
          const { orderId, country, items } = context;
          return {
            context: { ...context, paymentId: paymentId ?? undefined },
            services: [{ type: shipment.type, data: { parentSubject$$: service.subject, orderId, country, items } }],
          };
        }
        case 'sys.com.payment.charge.error':
          return putBack(context, 'failed', `payment failed: ${service.data.errorMessage}`);
        case 'arvo.orc.shipment.done': {
          const { trackingId, etaDays } = service.data;
          return { output: { ...end(context, { status: 'fulfilled', reason: null }).output, trackingId, etaDays } };
        }
        case 'sys.arvo.orc.shipment.error':
          return putBack(context, 'failed', `shipment failed: ${service.data.errorMessage}`);
        case 'evt.inventory.release.success':
          if (!context.ending) throw new Error('put back without a reason');
          return end(context, context.ending);
        default:
          throw new Error(`nobody waits for ${service.type}`);
      }
    },
  },
});

/** Label and courier at the same time; one that fails fails the shipment. */
export const orderShipment = createArvoResumable({
  contracts: { self: shipment, services: { label: label.version('1.0.0'), courier: courier.version('1.0.0') } },
  types: { context: {} as { orderId: string } },
  memory,
  handler: {
    '1.0.0': async ({ input, service, context, collectedEvents }) => {
      if (input) {
        const { orderId, country, items } = input.data;
        const parcels = items.reduce((sum, { quantity }) => sum + quantity, 0);
        return {
          context: { orderId },
          services: [
            { type: label.type, data: { orderId, country } },
            { type: courier.type, data: { orderId, country, parcels } },
          ],
        };
      }
      if (service?.type.startsWith('sys.')) throw new Error('Shipment could not be prepared');
      const [printed] = collectedEvents['evt.label.create.success'] ?? [];
      const [booked] = collectedEvents['evt.courier.book.success'] ?? [];
      if (!printed || !booked || !context) return;
      const { carrier, cost, etaDays } = booked.data;
      return { output: { trackingId: `TRK-${context.orderId}-${carrier}`, carrier, cost, etaDays } };
    },
  },
});
