// Measures this package beside the yardstick (npm's arvo-core and arvo-event-handler 2.2.13) in one run: a handler's
// step from text to text and in memory, a factory that makes a new subject, and events; machines beside XState, and the
// three steps of a workflow beside one step of the yardstick's handler; resumables, whole orders and the broker
// (flows.mjs); what telemetry costs (telemetry.mjs); workers on a store (workers.mjs). `npm run bench`; names of parts
// after it (`handlers`, `machines`, `flows`, `telemetry`, `workers`) leave out the others.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as arvo from '../dist/index.js';

const here = fileURLToPath(new URL('.', import.meta.url));
if (!existsSync(new URL('node_modules/arvo-core', import.meta.url))) {
  const installed = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' });
  if (installed.status !== 0) process.exit(1);
}
const { measure } = await import('./measure.mjs');
const { ORDER, SMALL } = await import('./load.mjs');
const { flowsOf, INLINE } = await import('./machines.mjs');
const xstate = await import('xstate');
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

const LOADS = [
  ['small', SMALL, { text: { 'JSON Schema': 6, Zod: 6 }, memory: { 'JSON Schema': 3.5, Zod: 3.5 } }],
  ['order', ORDER, { text: { 'JSON Schema': 3.5, Zod: 2.5 }, memory: { 'JSON Schema': 2, Zod: 2.3 } }],
];

const first = (result) => (Array.isArray(result) ? result : result.events)[0];
const rows = [];
async function row(title, contenders, target) {
  const found = await measure(contenders);
  for (const [name, time] of Object.entries(found))
    if (name !== 'yardstick')
      show(title, name, time, found.yardstick, typeof target === 'object' ? target[name] : target);
}

function show(title, kind, ours, base, target) {
  rows.push({ title, kind, ours, yardstick: base, ratio: base / ours, target: target ?? null });
  const goal = target === undefined ? '' : `  (target ${target} ×)`;
  log(
    `${title.padEnd(34)} ${kind.padEnd(12)} ${ours.toFixed(1).padStart(7)} µs   yardstick ${base.toFixed(1).padStart(7)} µs   ${(base / ours).toFixed(1).padStart(5)} ×${goal}`,
  );
}

/** A figure of another kind, with the most that is wanted. */
function tell(text, limit) {
  if (limit !== undefined) rows.push({ title: text, kind: 'limit', ...limit });
  const goal = Number.isFinite(limit?.wanted) ? `  (target ${limit.wanted})` : '';
  log(`${text}${goal}`);
}

const parts = process.argv.slice(2);
const isWanted = (part) => parts.length === 0 || parts.includes(part);

for (const [name, load, targets] of isWanted('handlers') ? LOADS : []) {
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

// A machine restored from the text that was stored, sent an event, and made the text to store again.
if (isWanted('machines')) {
  const actorOf = xstate.createMachine(INLINE(xstate.assign, xstate.emit));
  const event = { type: 'evt.bench.small.success', data: { ok: 1 } };
  const charts = flowsOf(arvo).map(({ kind, machine }) => [kind, machine.chart]);
  const { text } = charts[0][1].start();
  const restored = () => {
    const actor = xstate.createActor(actorOf, { snapshot: JSON.parse(text) });
    actor.start();
    actor.send(event);
    const stored = JSON.stringify(actor.getPersistedSnapshot());
    actor.stop();
    return stored;
  };
  const ours = charts.map(([kind, chart]) => [kind, () => chart.resume(text, event).text]);
  await row(
    'machine restored, sent, stored',
    { yardstick: restored, ...Object.fromEntries(ours) },
    { inline: 1, portable: 2 },
  );
}

// Each step of a workflow in memory, by the difference that it makes.
if (isWanted('machines')) {
  const { handler, event } = side(yardstick, SMALL);
  const flows = flowsOf(arvo).flatMap(({ kind, memory, orchestrator, events }) =>
    [1, 2, 3].map((steps) => [
      `${kind} ${steps}`,
      async () => {
        memory.clear();
        for (const one of events.slice(0, steps)) await orchestrator.execute(one);
      },
    ]),
  );
  const found = await measure({ yardstick: () => handler.execute(event), ...Object.fromEntries(flows) });
  for (const [kind, target] of [
    ['inline', 4],
    ['portable', 6],
  ])
    for (const [steps, step] of [
      [1, 'init'],
      [2, 'resume'],
      [3, 'completion'],
    ]) {
      const before = steps === 1 ? 0 : found[`${kind} ${steps - 1}`];
      show(`orchestrator, ${step}`, kind, found[`${kind} ${steps}`] - before, found.yardstick, target);
    }
}

if (isWanted('flows')) {
  const flows = await import('./flows.mjs');
  await flows.measureSteps(show);
  flows.measureOrders(show, tell);
  flows.measureWaiting(tell);
}

// What a step loses to telemetry: its time with a tracer less its time without one.
if (isWanted('telemetry')) {
  const { withAndWithout } = await import('./telemetry.mjs');
  const sides = {
    yardstick: side(yardstick, SMALL),
    'JSON Schema': side(arvo, SMALL, asJsonSchema(SMALL)),
    Zod: side(arvo, SMALL),
  };
  const contenders = Object.fromEntries(
    Object.entries(sides).map(([kind, { handler, event }]) => [
      kind,
      async () => first(await handler.execute(event)).data,
    ]),
  );
  const { off, on } = await withAndWithout(contenders);
  for (const kind of ['JSON Schema', 'Zod'])
    show('step with telemetry, small', kind, on[kind], on.yardstick, undefined);
  for (const kind of ['JSON Schema', 'Zod'])
    show('lost to telemetry, step, small', kind, on[kind] - off[kind], on.yardstick - off.yardstick, 2);
}

if (isWanted('workers')) await (await import('./workers.mjs')).measureWorkers(tell);

const missed = rows.filter(({ ratio, target, found, wanted }) => (target && ratio < target) || found > wanted);
log(
  missed.length === 0
    ? 'every target is met'
    : `${missed.length} target(s) missed: ${missed.map(({ title, kind }) => `${title} (${kind})`).join(', ')}`,
);
mkdirSync(new URL('results', import.meta.url), { recursive: true });
writeFileSync(new URL('results/node.json', import.meta.url), JSON.stringify(rows, null, 2));
