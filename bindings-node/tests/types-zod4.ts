// The package's types as a program with Zod 4 sees them, whose library is checked too. It is checked, never run.

import {
  ArvoErrorSchema,
  ArvoEventSchema,
  createArvoEventHandler,
  createArvoOrchestratorContract,
  createArvoOrchestratorEventFactory,
  createArvoResumable,
  createSimpleArvoContract,
} from 'arvo';
import { z } from 'zod';

const rate = createSimpleArvoContract({
  uri: '#/rate',
  type: 'rate.it',
  versions: {
    '1.0.0': {
      accepts: z.object({ by: z.enum(['guest', 'owner']), times: z.number().default(1) }),
      emits: z.object({ is: z.enum(['good', 'bad']), because: ArvoErrorSchema.nullable() }),
    },
  },
});
const survey = createArvoOrchestratorContract({
  uri: '#/survey',
  name: 'survey',
  versions: { '1.0.0': { init: z.object({ of: z.string() }), complete: z.object({ end: z.enum(['yes', 'no']) }) } },
});
createArvoEventHandler({
  contract: rate,
  handler: {
    '1.0.0': async ({ event }) => {
      event.data.times satisfies number;
      // @ts-expect-error the data has no such member
      event.data.missing;
      return { type: 'evt.rate.it.success', data: { is: event.data.by === 'guest' ? 'good' : 'bad', because: null } };
    },
  },
});
createArvoResumable({
  contracts: { self: survey, services: { rate: rate.version('1.0.0') } },
  handler: {
    '1.0.0': async ({ input, service }) => {
      if (input) return { services: [{ type: 'com.rate.it', data: { by: 'guest' } }] };
      if (service?.type !== 'evt.rate.it.success') return;
      service.data.because?.errorName satisfies string | undefined;
      return { output: { end: service.data.is === 'good' ? 'yes' : 'no' } };
    },
  },
});
const { init } = createArvoOrchestratorEventFactory(survey.version('1.0.0'));
init({ source: 'com.shop.web', data: { of: 'tea', parentSubject$$: null } });
// @ts-expect-error the data is a text
init({ source: 'com.shop.web', data: { of: 7, parentSubject$$: null } });
ArvoEventSchema.ArvoExtensionSchema.shape.to.parse('com.a.b') satisfies string | null;
