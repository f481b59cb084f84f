// A first workflow: ask a service twice, keep what it said in between, end with the sum.
import * as arvo from 'arvo';
import { z } from 'zod';

const dice = arvo.createSimpleArvoContract({
  uri: '#/services/dice',
  type: 'dice.roll',
  versions: { '1.0.0': { accepts: z.object({}), emits: z.object({ pips: z.number() }) } },
});
const game = arvo.createArvoOrchestratorContract({
  uri: '#/games/two',
  name: 'game.two',
  versions: { '1.0.0': { init: z.object({}), complete: z.object({ total: z.number() }) } },
});

const dealer = arvo.createArvoEventHandler({
  contract: dice,
  handler: { '1.0.0': () => ({ type: 'evt.dice.roll.success', data: { pips: 4 } }) },
});
const player = arvo.createArvoResumable({
  contracts: { self: game, services: { dice: dice.version('1.0.0') } },
  types: { context: {} as { first: number } },
  memory: new arvo.SimpleMachineMemory(),
  handler: {
    '1.0.0': async ({ context, input, service }) => {
      const services = [{ type: dice.type, data: {} }];
      if (input) return { services };
      if (service?.type !== 'evt.dice.roll.success') throw new Error('the dice rolled off the table');
      if (!context) return { context: { first: service.data.pips }, services };
      return { output: { total: context.first + service.data.pips } };
    },
  },
});

const { resolve } = arvo.createSimpleEventBroker([dealer, player]);
const factory = arvo.createArvoOrchestratorEventFactory(game.version('1.0.0'));
const end = await resolve(factory.init({ source: 'com.shop.web', data: { parentSubject$$: null } }));
console.log(end?.type, end?.data);
