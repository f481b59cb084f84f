// A first machine: the same game as in workflow.ts, as a statechart with functions in it.
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

const roll = arvo.emit({ type: dice.type, data: {} });
const contracts = { self: game.version('1.0.0'), services: { dice: dice.version('1.0.0') } };
const setup = arvo.setupArvoMachine({ contracts, types: { context: {} as { total: number } } });
const add = arvo.assign({ total: ({ context, event }) => context.total + event.data.pips });
const machine = setup.createMachine({
  id: 'two',
  context: { total: 0 },
  initial: 'first',
  states: {
    first: { entry: roll, on: { 'evt.dice.roll.success': { target: 'second', actions: add } } },
    second: { entry: roll, on: { 'evt.dice.roll.success': { target: 'over', actions: add } } },
    over: { type: 'final' },
  },
  output: ({ context }) => ({ total: context.total }),
});
const player = arvo.createArvoOrchestrator({ machines: [machine], memory: new arvo.SimpleMachineMemory() });
const { resolve } = arvo.createSimpleEventBroker([dealer, player]);
const factory = arvo.createArvoOrchestratorEventFactory(game.version('1.0.0'));
const end = await resolve(factory.init({ source: 'com.shop.web', data: { parentSubject$$: null } }));
console.log(end?.type, end?.data);
