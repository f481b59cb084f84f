// What both sides are given: a small request and an order of about 1.3 kB, with their contracts in Zod.

import { z } from 'zod';

const address = z.object({
  name: z.string(),
  street: z.string(),
  city: z.string(),
  zip: z.string(),
  country: z.string().length(2),
});
const item = z.object({
  sku: z.string().regex(/^SKU-\d{3}$/),
  name: z.string(),
  quantity: z.number().int().min(1),
  unitPrice: z.number().positive(),
});

export const SMALL = {
  uri: '#/bench/small',
  type: 'bench.small',
  accepts: z.object({ a: z.number(), name: z.string() }),
  emits: z.object({ ok: z.number() }),
  data: { a: 1, name: 'x' },
  answer: (data) => ({ ok: data.a }),
};

export const ORDER = {
  uri: '#/bench/order',
  type: 'bench.order',
  accepts: z.object({
    orderId: z.string(),
    customer: z.object({ id: z.string(), email: z.string(), tier: z.enum(['standard', 'gold']) }),
    shipping: address,
    billing: address,
    items: z.array(item).min(1),
    note: z.string().nullable(),
  }),
  emits: z.object({
    orderId: z.string(),
    customer: z.object({ id: z.string(), email: z.string(), tier: z.enum(['standard', 'gold']) }),
    shipping: address,
    billing: address,
    items: z.array(item).min(1),
    note: z.string().nullable(),
  }),
  data: {
    orderId: 'ORD-00001',
    customer: { id: 'CUST-0200', email: 'customer200@example.com', tier: 'gold' },
    shipping: { name: 'Ada Lovelace', street: '12 St James Square', city: 'London', zip: 'SW1Y 4JH', country: 'GB' },
    billing: { name: 'Ada Lovelace', street: '12 St James Square', city: 'London', zip: 'SW1Y 4JH', country: 'GB' },
    items: Array.from({ length: 10 }, (_, index) => ({
      sku: `SKU-${String(100 + index)}`,
      name: `Article number ${index} of the catalogue`,
      quantity: index + 1,
      unitPrice: 4.25 * (index + 1),
    })),
    note: null,
  },
  answer: (data) => data,
};
