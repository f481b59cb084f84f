// Measures this package beside the yardstick (npm's arvo-core and arvo-event-handler 2.2.13) in one run: a handler's
// step from text to text and in memory, a factory that makes a new subject, events, the steps of a workflow, and whole
// orders through a broker; then what waiting workflows hold. `npm run bench`; what the yardstick's workflows and broker
// are says yardstick.mjs.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as arvo from '../dist/index.js';

const here = fileURLToPath(new URL('.', import.meta.url));
if (!existsSync(new URL('node_modules/arvo-core', import.meta.url))) {
  const installed = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' });
  if (installed.status !== 0) process.exit(1);
}
const { measure, median } = await import('./measure.mjs');
const { ORDER, SMALL } = await import('./load.mjs');
const { FLOW, FLOW_JSON, SERVICE, SERVICE_JSON, stepsOf } = await import('./workflows.mjs');
const yardstick = { ...(await import('arvo-core')), ...(await import('arvo-event-handler')) };

/** The yardstick prints when there is no tracer, which would be measured too. */
const { log } = console;
for (const method of ['log', 'info', 'warn', 'error', 'debug', 'table']) console[method] = () => undefined;

/** A load on one side: its factory, its handler, an event of it, and the event's text. */
function side(api, { uri, type, data, answer, ...schemas }, { accepts, emits } = schemas) {
  const contract = api.createSimpleArvoContract({ uri, type, versions: { '1.0.0': { accepts, emits } } });
  const factory = api.createArvoEventFactory(contract.version('1.0.0'));
  const reply = `evt.${type}.success`;
  const handler = api.createArvoEventHandler({
    contract,
    executionunits: 0,
    handler: { '1.0.0': async ({ event }) => ({ type: reply, data: answer(event.data) }) },
  });
  const make = () => factory.accepts({ source: 'com.bench.client', data });
  const event = make();
  return { contract, handler, make, event, text: event.toString() };
}

/** The same contract, its schemas as the JSON Schema that Zod's stand for. */
function asJsonSchema(load) {
  const [version] = side(arvo, load).contract.toJsonSchema().versions;
  return { accepts: version.accepts.schema, emits: version.emits[0].schema };
}

const first = (result) => (Array.isArray(result) ? result : result.events)[0];
const rows = [];
async function row(title, contenders, target) {
  const { yardstick: base, ...rest } = await measure(contenders);
  for (const [name, time] of Object.entries(rest))
    add(title, name, time, base, typeof target === 'object' ? target[name] : target);
}

function add(title, kind, ours, base, target) {
  const ratio = base / ours;
  rows.push({ title, kind, ours, yardstick: base, ratio, target: target ?? null });
  const goal = target === undefined ? '' : `  (target ${target} ×)`;
  log(
    `${title.padEnd(38)} ${kind.padEnd(12)} ${ours.toFixed(1).padStart(7)} µs   yardstick ${base.toFixed(1).padStart(7)} µs   ${ratio.toFixed(1).padStart(5)} ×${goal}`,
  );
}

for (const [name, load, targets] of [
  ['small', SMALL, { text: { 'JSON Schema': 6, Zod: 6 }, memory: { 'JSON Schema': 3.5, Zod: 3.5 } }],
  ['order', ORDER, { text: { 'JSON Schema': 3.5, Zod: 2.5 }, memory: { 'JSON Schema': 2, Zod: 2.3 } }],
]) {
  const sides = {
    yardstick: side(yardstick, load),
    'JSON Schema': side(arvo, load, asJsonSchema(load)),
    Zod: side(arvo, load),
  };
  const contenders = (call) =>
    Object.fromEntries(Object.entries(sides).map(([kind, each]) => [kind, call(each, kind)]));
  const read = (kind, text) =>
    kind === 'yardstick' ? yardstick.createArvoEvent(JSON.parse(text)) : arvo.ArvoEvent.parse(text);
  await row(
    `step, ${name}, text to text`,
    contenders(
      ({ handler, text }, kind) =>
        async () =>
          first(await handler.execute(read(kind, text))).toString(),
    ),
    targets.text,
  );
  await row(
    `step, ${name}, in memory`,
    contenders(
      ({ handler, event }) =>
        async () =>
          first(await handler.execute(event)).data,
    ),
    targets.memory,
  );
  await row(
    `factory, ${name}, new subject`,
    contenders(({ make }) => make),
    name === 'small' ? 6 : undefined,
  );
  await row(
    `event, ${name}, read`,
    contenders(
      ({ text }, kind) =>
        () =>
          read(kind, text).data,
    ),
  );
  await row(
    `event, ${name}, write`,
    contenders(
      ({ event }) =>
        () =>
          event.toString(),
    ),
  );
}

const standIn = await import('./yardstick.mjs');
const flows = {
  yardstick: stepsOf(standIn, SERVICE, FLOW),
  'JSON Schema': stepsOf(arvo, SERVICE_JSON, FLOW_JSON),
  Zod: stepsOf(arvo, SERVICE, FLOW),
};
for (const step of ['init', 'resume', 'completion']) {
  const contenders = Object.fromEntries(Object.entries(flows).map(([kind, steps]) => [kind, steps[step]]));
  await row(`workflow, ${step}, in memory`, contenders, 3.5);
}

const orders = await import('./orders.mjs');
const sides = {
  yardstick: await orders.yardstick(yardstick.createArvoEvent, 1),
  'not sleeping': await orders.yardstick(yardstick.createArvoEvent, 0),
  'JSON Schema': await orders.ours('?json'),
  Zod: await orders.ours(),
};
const found = Object.fromEntries(Object.keys(sides).map((kind) => [kind, { clock: [], processor: [] }]));
const ROUNDS = 7;
for (let round = -2; round < ROUNDS; round += 1) {
  for (const [kind, each] of Object.entries(sides)) {
    const { clock, processor } = await orders.oneByOne(each, kind in flows && kind !== 'yardstick' ? 1000 : 50);
    if (round < 0) continue; // these warm up
    found[kind].clock.push(clock);
    found[kind].processor.push(processor);
  }
}
const of = (kind, time) => median(found[kind][time]);
for (const kind of ['JSON Schema', 'Zod']) {
  add('order through the broker, by the clock', kind, of(kind, 'clock'), of('yardstick', 'clock'), 50);
  add('the same, processor, no sleep', kind, of(kind, 'processor'), of('not sleeping', 'processor'));
}
log('The yardstick sleeps 1 ms before each event, as the reference does; an order has 9.7 events.');

const FLIGHTS = 100;
for (const kind of ['JSON Schema', 'Zod']) {
  const rounds = [];
  for (let round = 0; round < 5; round += 1) rounds.push(await orders.inFlight(sides[kind], FLIGHTS));
  const middle = (read) => median(rounds.map(read));
  const [half, most] = [middle(({ took }) => took[500]), middle(({ took }) => took[990])];
  const perSecond = middle(({ perSecond: each }) => each);
  rows.push({ title: `orders, ${FLIGHTS} in flight`, kind, p50: half, p99: most, perSecond, wanted: 50 });
  log(
    `orders, ${FLIGHTS} in flight, ${kind}: median ${half.toFixed(0)} ms, p99 ${most.toFixed(0)} ms (target 50 ms), ${perSecond.toFixed(0)} a second`,
  );
}

for (const state of ['at rest', 'in flight']) {
  for (const load of ['small', 'order']) {
    const script = fileURLToPath(new URL('waiting.mjs', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, ['--expose-gc', script, state, load], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`waiting.mjs ended with ${status}`);
    rows.push({ title: `10,000 workflows ${state}`, kind: load, megabytes: Number(stdout), wanted: 40 });
    log(`10,000 workflows ${state}, ${load}: ${stdout.trim()} MB${load === 'small' ? ' (target 40 MB)' : ''}`);
  }
}

const missed = rows.filter(
  ({ ratio, target, p99, megabytes, kind, wanted }) =>
    (target && ratio < target) || p99 > wanted || (kind === 'small' && megabytes > wanted),
);
log(
  missed.length === 0
    ? 'every target is met'
    : `${missed.length} target(s) missed: ${missed.map(({ title, kind }) => `${title} (${kind})`).join(', ')}`,
);
mkdirSync(new URL('results', import.meta.url), { recursive: true });
writeFileSync(new URL('results/node.json', import.meta.url), JSON.stringify(rows, null, 2));
