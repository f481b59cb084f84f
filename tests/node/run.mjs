// Runs the recorded cases of tests/vectors and our own of tests/cases (or those of the folder that ARVO_VECTORS names)
// against the public API, prints each failing one with what was wanted and found, and one row for each file. A case that can't run is a failure.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { events, eventsDefaults, ids } from './events.mjs';
import { expressions } from './expressions.mjs';
import { orchestrator } from './machines.mjs';
import { domains, subjects, versions, versionsWildcard } from './names.mjs';
import { contracts, errors, errorsConstants, factories, handler } from './services.mjs';
import { charts, engine, locking, refused } from './statecharts.mjs';
import { testsuites } from './suites.mjs';
import { telemetry } from './telemetry.mjs';
import { broker, memory, resumable } from './workflows.mjs';

const FOLDERS = process.env.ARVO_VECTORS
  ? [process.env.ARVO_VECTORS]
  : ['../vectors', '../cases'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));

/** What is run of each file: its groups, and checks of what stands beside them. errors.json comes last: it asks what the others produced. */
const FILES = {
  events: { groups: events, beside: { defaults: eventsDefaults } },
  ids: { groups: ids },
  versions: { groups: versions, beside: { wildcard: versionsWildcard } },
  subjects: { groups: subjects },
  contracts: { groups: contracts },
  factories: { groups: factories },
  domains: { groups: domains },
  handler: { groups: handler },
  resumable: { groups: resumable },
  orchestrator: { groups: orchestrator },
  broker: { groups: broker },
  telemetry: { groups: telemetry },
  testsuites: { groups: testsuites },
  'statecharts/handpicked': { groups: charts },
  'statecharts/random-1': { groups: charts },
  'statecharts/random-2': { groups: charts },
  'statecharts/random-3': { groups: charts },
  'statecharts/random-4': { groups: charts },
  'statecharts/arvo-engine': { groups: engine },
  'statecharts/arvo-refused': { groups: refused },
  'statecharts/arvo-locking': { groups: locking },
  expressions: { groups: expressions },
  errors: {
    groups: { ...errors, memory },
    beside: { transactionCauses: (_value, labels, file) => errorsConstants(file, labels) },
  },
};

const find = (name) => FOLDERS.map((folder) => join(folder, name)).find(existsSync);
const read = (name) => JSON.parse(readFileSync(find(name), 'utf8'));
const known = find('differences.json') ? read('differences.json') : [];

/** What must come out of a case, and whether that differs from SPEC's vectors by our own list. */
function expectation(file, group, recorded, name) {
  const own = known.find((entry) => entry.file === file && entry.group === group && entry.case === name);
  if (own !== undefined) return { expect: own.expect, different: true };
  if (recorded.oursExpect !== undefined) return { expect: recorded.oursExpect };
  return { expect: recorded.expect, open: recorded.ours !== undefined };
}

function isLater(group, recorded) {
  if (group !== 'messages') return false;
  const of = recorded.at.split('.json#')[0];
  return !Object.hasOwn(FILES, of) || !find(`${of}.json`);
}

async function run(name) {
  const file = read(`${name}.json`);
  const row = { language: 'Node', suite: 'vectors', file: `${name}.json`, passed: 0, failed: 0, differences: 0 };
  const count = async (group, title, check, different = false) => {
    let found;
    try {
      found = await check();
    } catch (error) {
      found = [`unexpected: ${error.stack ?? error}`];
    }
    row[found.length === 0 ? 'passed' : 'failed'] += 1;
    if (different) row.differences += 1;
    if (found.length > 0) console.log(`${name}.json ${group} ${title}\n  ${found.join('\n  ')}`);
  };
  for (const [key, value] of Object.entries(file)) {
    const { groups, beside = {} } = FILES[name];
    if (Object.hasOwn(beside, key)) await count(key, '', () => beside[key](value, {}, file));
    if (!Array.isArray(value)) continue;
    if (!Object.hasOwn(groups, key)) {
      await count(key, '', () => ['there is no runner for this group']);
      continue;
    }
    for (const [index, recorded] of value.entries()) {
      if (isLater(key, recorded)) continue;
      const title = recorded.name ?? String(index);
      const { expect, open, different } = expectation(`${name}.json`, key, recorded, title);
      const check = async () => {
        const found = await groups[key](recorded, expect, {}, file);
        return open ? [] : found;
      };
      await count(key, title, check, different);
    }
  }
  return row;
}

const rows = [];
for (const name of Object.keys(FILES)) if (find(`${name}.json`)) rows.push(await run(name));

for (const { file, passed, failed, differences } of rows) {
  console.log(`${file.padEnd(32)} ${passed} passed, ${failed} failed, ${differences} known differences`);
}
if (process.env.ARVO_REPORTS) {
  mkdirSync(process.env.ARVO_REPORTS, { recursive: true });
  writeFileSync(join(process.env.ARVO_REPORTS, 'node-vectors.json'), JSON.stringify(rows));
}
process.exitCode = rows.some(({ failed }) => failed > 0) || rows.length === 0 ? 1 : 0;
