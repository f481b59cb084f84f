// The demo's contracts from contracts.json instead of from Zod: what a team writes that calls another team's services.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ArvoContract } from '../dist/index.js';

const folder = process.env.ARVO_ORDERS ?? fileURLToPath(new URL('../../examples/orders', import.meta.url));
const contracts = JSON.parse(readFileSync(`${folder}/contracts.json`, 'utf8'));
const contract = (end) =>
  ArvoContract.fromJson(
    contracts.find(({ uri }) => uri.endsWith(end)),
    { unknownKeys: 'strip' },
  );

export const reserve = contract('/inventory/reserve');
export const release = contract('/inventory/release');
export const charge = contract('/payment/charge');
export const approve = contract('/order/approve');
export const label = contract('/label/create');
export const courier = contract('/courier/book');
export const fulfilment = contract('/order/fulfilment');
export const shipment = contract('/shipment');
