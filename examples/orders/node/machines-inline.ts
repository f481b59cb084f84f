// The two workflows as machines in the reference's style: functions stand in the definition, as in XState.

import { ArvoDomain, assign, createArvoOrchestrator, emit, SimpleMachineMemory, setupArvoMachine } from 'arvo';
import { approve, charge, courier, fulfilment, label, release, reserve, shipment } from './contracts.js';

/** What the fulfilment remembers of an order, and how it ends. */
type Progress = {
  order: { orderId: string; customer: { id: string; tier: string }; card: string; country: string };
  lines: { sku: string; quantity: number }[];
  total: number;
  reservationId: string;
  paymentId: string | null;
  trackingId: string | null;
  etaDays: number | null;
  status: 'fulfilled' | 'rejected' | 'failed';
  reason: string | null;
};

const ending = (status: Progress['status'], reason: string) => ({ status, reason });

/** From an order to a parcel, or to a reasoned refusal. */
const fulfil = setupArvoMachine({
  contracts: {
    self: fulfilment.version('1.0.0'),
    services: {
      reserve: reserve.version('1.0.0'),
      release: release.version('1.0.0'),
      charge: charge.version('2.0.0'),
      approve: approve.version('1.0.0'),
      shipment: shipment.version('1.0.0'),
    },
  },
  types: { context: {} as Progress },
  guards: {
    needsApproval: ({ context }) => context.total > 1000 && context.order.customer.tier !== 'gold',
  },
}).createMachine({
  id: 'fulfilment',
  context: ({ input }) => {
    const sum = input.data.items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
    return {
      order: input.data,
      lines: input.data.items.map(({ sku, quantity }) => ({ sku, quantity })),
      total: Math.round(sum * 100) / 100,
      reservationId: '',
      paymentId: null,
      trackingId: null,
      etaDays: null,
      status: 'fulfilled',
      reason: null,
    };
  },
  initial: 'reserving',
  states: {
    reserving: {
      entry: emit(({ context: { order, lines } }) => ({
        type: 'com.inventory.reserve',
        data: { orderId: order.orderId, items: lines },
      })),
      on: {
        'evt.inventory.reserved': {
          target: 'checking',
          actions: assign(({ event }) => ({ reservationId: event.data.reservationId })),
        },
        'evt.inventory.shortage': {
          target: 'closed',
          actions: assign(({ event }) =>
            ending('rejected', `out of stock: ${event.data.missing.map(({ sku }) => sku).join(', ')}`),
          ),
        },
      },
    },
    checking: { always: [{ guard: 'needsApproval', target: 'approving' }, { target: 'charging' }] },
    approving: {
      entry: emit(({ context: { order, total } }) => ({
        type: 'com.order.approve',
        data: { orderId: order.orderId, total, customer: order.customer.id },
        domain: [ArvoDomain.FROM_EVENT_CONTRACT],
      })),
      on: {
        'evt.order.approve.decided': [
          { guard: ({ event }) => event.data.approved, target: 'charging' },
          {
            target: 'releasing',
            actions: assign(({ event }) => ending('rejected', `not approved by ${event.data.by}`)),
          },
        ],
      },
    },
    charging: {
      entry: emit(({ context: { order, total } }) => ({
        type: 'com.payment.charge',
        data: { orderId: order.orderId, amount: total, card: order.card },
      })),
      on: {
        'evt.payment.charge.success': [
          {
            guard: ({ event }) => event.data.status === 'approved',
            target: 'shipping',
            actions: assign(({ event }) => ({ paymentId: event.data.paymentId })),
          },
          {
            target: 'releasing',
            actions: assign(({ event }) => ending('rejected', `payment declined: ${event.data.reason}`)),
          },
        ],
        'sys.com.payment.charge.error': {
          target: 'releasing',
          actions: assign(({ event }) => ending('failed', `payment failed: ${event.data.errorMessage}`)),
        },
      },
    },
    shipping: {
      entry: emit(({ context: { order, lines }, event }) => ({
        type: 'arvo.orc.shipment',
        data: { parentSubject$$: event.subject, orderId: order.orderId, country: order.country, items: lines },
      })),
      on: {
        'arvo.orc.shipment.done': {
          target: 'closed',
          actions: assign(({ event }) => ({ trackingId: event.data.trackingId, etaDays: event.data.etaDays })),
        },
        'sys.arvo.orc.shipment.error': {
          target: 'releasing',
          actions: assign(({ event }) => ending('failed', `shipment failed: ${event.data.errorMessage}`)),
        },
      },
    },
    releasing: {
      entry: {
        type: 'enqueueArvoEvent',
        params: ({ context: { reservationId, reason } }) => ({
          type: 'com.inventory.release',
          data: { reservationId, reason: reason ?? '' },
        }),
      },
      on: { 'evt.inventory.release.success': 'closed' },
    },
    closed: { type: 'final' },
  },
  output: ({ context: { order, status, reason, total, paymentId, trackingId, etaDays } }) => ({
    orderId: order.orderId,
    status,
    reason,
    total,
    paymentId,
    trackingId,
    etaDays,
  }),
});

/** What the shipment remembers. */
type Parcel = {
  orderId: string;
  country: string;
  parcels: number;
  carrier: string;
  cost: number;
  etaDays: number;
};

/** Label and courier at the same time; one that fails fails the shipment. */
const ship = setupArvoMachine({
  contracts: {
    self: shipment.version('1.0.0'),
    services: { label: label.version('1.0.0'), courier: courier.version('1.0.0') },
  },
  types: { context: {} as Parcel },
}).createMachine({
  id: 'shipment',
  context: ({ input: { data } }) => ({
    orderId: data.orderId,
    country: data.country,
    parcels: data.items.reduce((sum, { quantity }) => sum + quantity, 0),
    carrier: '',
    cost: 0,
    etaDays: 0,
  }),
  initial: 'preparing',
  on: {
    'sys.*': {
      actions: () => {
        throw new Error('Shipment could not be prepared');
      },
    },
  },
  states: {
    preparing: {
      type: 'parallel',
      onDone: 'prepared',
      states: {
        label: {
          initial: 'creating',
          states: {
            creating: {
              entry: emit(({ context: { orderId, country } }) => ({
                type: 'com.label.create',
                data: { orderId, country },
              })),
              on: { 'evt.label.create.success': 'created' },
            },
            created: { type: 'final' },
          },
        },
        courier: {
          initial: 'booking',
          states: {
            booking: {
              entry: emit(({ context: { orderId, country, parcels } }) => ({
                type: 'com.courier.book',
                data: { orderId, country, parcels },
              })),
              on: {
                'evt.courier.book.success': { target: 'booked', actions: assign(({ event }) => ({ ...event.data })) },
              },
            },
            booked: { type: 'final' },
          },
        },
      },
    },
    prepared: { type: 'final' },
  },
  output: ({ context: { orderId, carrier, cost, etaDays } }) => ({
    trackingId: `TRK-${orderId}-${carrier}`,
    carrier,
    cost,
    etaDays,
  }),
});

const memory = new SimpleMachineMemory();

/** The orchestrators of both. */
export const inline = [fulfil, ship].map((machine) => createArvoOrchestrator({ machines: [machine], memory }));
