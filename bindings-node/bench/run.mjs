// Measures this package beside the yardstick (npm's arvo-core and arvo-event-handler 2.2.13) in one run: a handler's
// step from text to text and in memory, a factory that makes a new subject, and events. `npm run bench`.

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
  const found = await measure(contenders);
  const base = found.yardstick;
  for (const [name, time] of Object.entries(found)) {
    if (name === 'yardstick') continue;
    const wanted = typeof target === 'object' ? target[name] : target;
    rows.push({ title, kind: name, ours: time, yardstick: base, ratio: base / time, target: wanted ?? null });
    const goal = wanted === undefined ? '' : `  (target ${wanted} ×)`;
    log(
      `${title.padEnd(34)} ${name.padEnd(12)} ${time.toFixed(1).padStart(7)} µs   yardstick ${base.toFixed(1).padStart(7)} µs   ${(base / time).toFixed(1).padStart(5)} ×${goal}`,
    );
  }
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

const missed = rows.filter(({ ratio, target }) => target !== null && ratio < target);
log(
  missed.length === 0
    ? 'every target is met'
    : `${missed.length} target(s) missed: ${missed.map(({ title, kind }) => `${title} (${kind})`).join(', ')}`,
);
mkdirSync(new URL('results', import.meta.url), { recursive: true });
writeFileSync(new URL('results/node.json', import.meta.url), JSON.stringify(rows, null, 2));
