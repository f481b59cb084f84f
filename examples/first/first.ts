// A first handler: it greets whoever the event names.
import { createArvoEventFactory, createArvoEventHandler, createSimpleArvoContract } from 'arvo';
import { z } from 'zod';

const contract = createSimpleArvoContract({
  uri: '#/services/greet',
  type: 'greet.user',
  versions: { '1.0.0': { accepts: z.object({ name: z.string() }), emits: z.object({ text: z.string() }) } },
});
const handler = createArvoEventHandler({
  contract,
  handler: {
    '1.0.0': async ({ event }) => ({ type: 'evt.greet.user.success', data: { text: `Hello, ${event.data.name}!` } }),
  },
});
const event = createArvoEventFactory(contract.version('1.0.0')).accepts({ source: 'com.shop.web', data: { name: 'Ada' } });
for (const { type, data } of (await handler.execute(event)).events) console.log(type, data);
