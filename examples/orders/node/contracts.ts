// The contracts of the services and workflows that live here, as their team writes them: in Zod. Whoever calls them
// needs none of this: ../contracts.json says the same in JSON Schema, in every language.

import { createArvoContract, createArvoOrchestratorContract, createSimpleArvoContract } from 'arvo';
import { z } from 'zod';

const country = z.string().length(2);
const items = z.array(z.object({ sku: z.string().regex(/^SKU-\d{3}$/), quantity: z.number().int().min(1) })).min(1);

export const reserve = createArvoContract({
  uri: '#/contracts/inventory/reserve',
  type: 'com.inventory.reserve',
  description: 'Reserve stock for an order',
  versions: {
    '1.0.0': {
      accepts: z.object({ orderId: z.string(), items }),
      emits: {
        'evt.inventory.reserved': z.object({ orderId: z.string(), reservationId: z.string(), warehouse: z.string() }),
        'evt.inventory.shortage': z.object({
          orderId: z.string(),
          missing: z.array(z.object({ sku: z.string(), requested: z.number(), available: z.number() })),
        }),
      },
    },
  },
});

export const release = createSimpleArvoContract({
  uri: '#/contracts/inventory/release',
  type: 'inventory.release',
  description: 'Give reserved stock back',
  versions: {
    '1.0.0': {
      accepts: z.object({ reservationId: z.string(), reason: z.string() }),
      emits: z.object({ released: z.boolean() }),
    },
  },
});

export const charge = createSimpleArvoContract({
  uri: '#/contracts/payment/charge',
  type: 'payment.charge',
  description: 'Charge a card',
  metadata: { owner: 'payments' },
  versions: {
    '1.0.0': {
      accepts: z.object({ orderId: z.string(), amount: z.number().positive(), card: z.string() }),
      emits: z.object({ paymentId: z.string(), approved: z.boolean() }),
    },
    '2.0.0': {
      accepts: z.object({
        orderId: z.string(),
        amount: z.number().positive(),
        currency: z.enum(['AUD', 'EUR', 'USD']).default('USD'),
        card: z.string().min(12),
      }),
      emits: z.object({
        paymentId: z.string().nullable(),
        status: z.enum(['approved', 'declined']),
        reason: z.string().nullable(),
      }),
    },
  },
});

export const approve = createArvoContract({
  uri: '#/contracts/order/approve',
  type: 'com.order.approve',
  domain: 'human.approval',
  description: 'A person decides on a large order',
  versions: {
    '1.0.0': {
      accepts: z.object({ orderId: z.string(), total: z.number(), customer: z.string() }),
      emits: { 'evt.order.approve.decided': z.object({ approved: z.boolean(), by: z.string() }) },
    },
  },
});

export const label = createSimpleArvoContract({
  uri: '#/contracts/label/create',
  type: 'label.create',
  description: 'Print a shipping label',
  versions: {
    '1.0.0': { accepts: z.object({ orderId: z.string(), country }), emits: z.object({ labelId: z.string() }) },
  },
});

export const courier = createSimpleArvoContract({
  uri: '#/contracts/courier/book',
  type: 'courier.book',
  description: 'Book a courier',
  versions: {
    '1.0.0': {
      accepts: z.object({ orderId: z.string(), country, parcels: z.number().int() }),
      emits: z.object({ carrier: z.string(), cost: z.number(), etaDays: z.number().int() }),
    },
  },
});

export const fulfilment = createArvoOrchestratorContract({
  uri: '#/orchestrators/order/fulfilment',
  name: 'order.fulfilment',
  description: 'From an order to a parcel, or to a reasoned refusal',
  versions: {
    '1.0.0': {
      init: z.object({
        orderId: z.string(),
        customer: z.object({
          id: z.string(),
          email: z.string().email(),
          tier: z.enum(['standard', 'gold']).default('standard'),
        }),
        items: z
          .array(
            z.object({
              sku: z.string().regex(/^SKU-\d{3}$/),
              quantity: z.number().int().min(1),
              unitPrice: z.number().positive(),
            }),
          )
          .min(1),
        card: z.string().min(12),
        country,
      }),
      complete: z.object({
        orderId: z.string(),
        status: z.enum(['fulfilled', 'rejected', 'failed']),
        reason: z.string().nullable(),
        total: z.number(),
        paymentId: z.string().nullable(),
        trackingId: z.string().nullable(),
        etaDays: z.number().nullable(),
      }),
    },
  },
});

export const shipment = createArvoOrchestratorContract({
  uri: '#/orchestrators/shipment',
  name: 'shipment',
  description: 'Ship one order',
  versions: {
    '1.0.0': {
      init: z.object({
        orderId: z.string(),
        country: z.string(),
        items: z.array(z.object({ sku: z.string().regex(/^SKU-\d{3}$/), quantity: z.number().int().min(1) })),
      }),
      complete: z.object({ trackingId: z.string(), carrier: z.string(), cost: z.number(), etaDays: z.number() }),
    },
  },
});
