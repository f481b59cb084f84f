// A first handler: one contract, one function, one event.
import * as arvo from 'arvo';
import { z } from 'zod';

const [accepts, emits] = [z.object({ name: z.string() }), z.object({ text: z.string() })];
const contract = arvo.createSimpleArvoContract({
  uri: '#/services/greet',
  type: 'greet.user',
  versions: { '1.0.0': { accepts, emits } },
});
const handler = arvo.createArvoEventHandler({
  contract,
  handler: {
    '1.0.0': ({ event }) => ({ type: 'evt.greet.user.success', data: { text: `Hello, ${event.data.name}!` } }),
  },
});
const factory = arvo.createArvoEventFactory(contract.version('1.0.0'));
const { events } = await handler.execute(factory.accepts({ source: 'com.shop.web', data: { name: 'Ada' } }));
for (const { type, data } of events) console.log(type, data);
