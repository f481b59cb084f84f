// Workflows and the broker: the steps of a resumable, whole orders one by one and many in flight, and what waiting
// workflows hold. What the yardstick's workflows and broker are says yardstick.mjs.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createArvoEvent } from 'arvo-core';
import * as arvo from '../dist/index.js';
import { measure, median } from './measure.mjs';
import * as orders from './orders.mjs';
import { FLOW, FLOW_JSON, SERVICE, SERVICE_JSON, stepsOf } from './workflows.mjs';
import * as yardstick from './yardstick.mjs';

const KINDS = ['JSON Schema', 'Zod'];
const ROUNDS = 7;
const FLIGHTS = 100;

/** The three steps of a resumable, in memory, each by the difference that it makes. */
export async function measureSteps(show) {
  const flows = {
    yardstick: await stepsOf(yardstick, SERVICE, FLOW),
    'JSON Schema': await stepsOf(arvo, SERVICE_JSON, FLOW_JSON),
    Zod: await stepsOf(arvo, SERVICE, FLOW),
  };
  const named = Object.entries(flows).flatMap(([kind, all]) => all.map((run, step) => [`${kind} ${step}`, run]));
  const found = await measure(Object.fromEntries(named));
  const cost = (kind, step) => found[`${kind} ${step}`] - (step === 0 ? 0 : found[`${kind} ${step - 1}`]);
  for (const [step, name] of ['init', 'resume', 'completion'].entries())
    for (const kind of KINDS) show(`resumable, ${name}`, kind, cost(kind, step), cost('yardstick', step), undefined);
  for (const kind of KINDS)
    show('resumable, a step of these', kind, found[`${kind} 2`] / 3, found['yardstick 2'] / 3, 3.5);
}

/** Whole orders of the demo, one after the other; then many of ours in flight, of which it tells milliseconds. */
export async function measureOrders(show, tell) {
  const ours = { 'JSON Schema': await orders.ours('json'), Zod: await orders.ours() };
  const sides = {
    sleeping: await orders.yardstick(createArvoEvent, 1),
    awake: await orders.yardstick(createArvoEvent, 0),
    ...ours,
  };
  const found = Object.fromEntries(Object.keys(sides).map((kind) => [kind, { clock: [], processor: [] }]));
  for (let round = -2; round < ROUNDS; round += 1) {
    for (const [kind, side] of Object.entries(sides)) {
      const { clock, processor } = await orders.oneByOne(side, kind in ours ? 1000 : 50);
      if (round < 0) continue; // these warm up
      found[kind].clock.push(clock);
      found[kind].processor.push(processor);
    }
  }
  const of = (kind, time) => median(found[kind][time]);
  for (const kind of KINDS) show('order, broker, by the clock', kind, of(kind, 'clock'), of('sleeping', 'clock'), 50);
  for (const kind of KINDS)
    show('order, broker, processor', kind, of(kind, 'processor'), of('awake', 'processor'), undefined);
  tell('by the clock the yardstick sleeps 1 ms before each event, as the reference does; an order is 9.7 events');

  for (const kind of KINDS) {
    const rounds = [];
    for (let round = 0; round < 5; round += 1) rounds.push(await orders.inFlight(ours[kind], FLIGHTS));
    const [half, most] = [500, 990].map((at) => median(rounds.map(({ took }) => took[at])));
    const perSecond = median(rounds.map((each) => each.perSecond));
    const text = `median ${half.toFixed(0)} ms, p99 ${most.toFixed(0)} ms, ${perSecond.toFixed(0)} a second`;
    tell(`${FLIGHTS} orders in flight, ${kind}: ${text}`, { found: most, wanted: 50 });
  }
}

/** What ten thousand workflows hold while they wait. */
export function measureWaiting(tell) {
  const script = fileURLToPath(new URL('waiting.mjs', import.meta.url));
  for (const state of ['at rest', 'in flight']) {
    for (const load of ['small', 'order']) {
      const { stdout, status } = spawnSync(process.execPath, ['--expose-gc', script, state, load], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`waiting.mjs ended with ${status}`);
      const wanted = state === 'at rest' && load === 'small' ? 40 : Number.POSITIVE_INFINITY;
      tell(`10,000 workflows ${state}, ${load}: ${stdout.trim()} MB`, { found: Number(stdout), wanted });
    }
  }
}
