// Workflows and the broker: the steps of a resumable, whole orders one by one and many in flight, and what waiting
// workflows hold. What the yardstick's workflows and broker are says yardstick.mjs.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as arvo from '../dist/index.js';
import { measure, median } from './measure.mjs';
import { FLOW, FLOW_JSON, SERVICE, SERVICE_JSON, stepsOf } from './workflows.mjs';
import * as yardstick from './yardstick.mjs';

const KINDS = ['JSON Schema', 'Zod'];
/** Each side of the orders runs in so many processes, in turns. */
const TURNS = 3;

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
export function measureOrders(show, tell) {
  const sides = { yardstick: 'yardstick', 'JSON Schema': 'json', Zod: 'demo' };
  const found = Object.fromEntries(Object.keys(sides).map((kind) => [kind, []]));
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const [kind, way] of Object.entries(sides)) found[kind].push(JSON.parse(outputOf('side.mjs', [way])));
  const all = (kind, name) => found[kind].flatMap((process) => process[name]);
  const of = (kind, name, time) => median(all(kind, name).map((round) => round[time]));
  const yardstick = { clock: of('yardstick', 'sleeping', 'clock'), processor: of('yardstick', 'awake', 'processor') };
  for (const kind of KINDS) show('order, broker, by the clock', kind, of(kind, 'alone', 'clock'), yardstick.clock, 50);
  for (const kind of KINDS)
    show('order, broker, processor', kind, of(kind, 'alone', 'processor'), yardstick.processor, undefined);
  tell('by the clock the yardstick sleeps 1 ms before each event, as the reference does; an order is 9.7 events');

  for (const kind of KINDS) {
    const rounds = all(kind, 'together');
    const [half, most] = [500, 990].map((at) => median(rounds.map(({ took }) => took[at])));
    const perSecond = median(rounds.map((each) => each.perSecond));
    const text = `median ${half.toFixed(0)} ms, p99 ${most.toFixed(0)} ms, ${perSecond.toFixed(0)} a second`;
    tell(`100 orders in flight, ${kind}: ${text}`, { found: most, wanted: 50 });
  }
}

/** What ten thousand workflows hold while they wait. */
export function measureWaiting(tell) {
  for (const state of ['at rest', 'in flight']) {
    for (const load of ['small', 'order']) {
      const found = outputOf('waiting.mjs', [state, load], ['--expose-gc']).trim();
      const wanted = state === 'at rest' && load === 'small' ? 40 : Number.POSITIVE_INFINITY;
      tell(`10,000 workflows ${state}, ${load}: ${found} MB`, { found: Number(found), wanted });
    }
  }
}

/** What a script of this folder prints, run in a process of its own. */
function outputOf(name, parts, flags = []) {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, script, ...parts], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} ${parts.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}
