// The demo's own services and workflows, to be measured in several ways: copies of them beside the demo, with another
// module in the place of what they import. Hooks of Node's loader would need none, but run in a thread that stays, and
// that takes a part of the processor.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const DEMO = new URL('../dist/examples/orders/node/', import.meta.url);
const COPIED = ['contracts.js', 'services.js', 'workflows.js'];

const INSTEAD = {
  /** The yardstick where our package is. */
  yardstick: { arvo: 'yardstick.mjs' },
  /** Contracts from JSON where those of Zod are. */
  json: { './contracts.js': 'orders-json.mjs' },
};

/** The folder, as a URL, of the demo's modules; `demo` is the demo as it stands. */
export function demoOf(way) {
  if (way === 'demo') return DEMO;
  const folder = new URL(`../dist/bench/${way}/`, import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const name of COPIED) {
    let text = readFileSync(new URL(name, DEMO), 'utf8');
    for (const [specifier, module] of Object.entries(INSTEAD[way]))
      text = text.replaceAll(`from '${specifier}'`, `from '${new URL(module, import.meta.url)}'`);
    writeFileSync(new URL(name, folder), text);
  }
  return folder;
}
