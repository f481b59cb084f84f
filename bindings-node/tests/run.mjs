// Runs this folder's tests with Node's own runner (`unit`), and the examples of the documentation (`docs`), and reports
// what passed. `npm test unit` runs one of the two.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { examplesOf } from './examples.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const suites = {
  unit: () =>
    readdirSync(here)
      .filter((name) => name.endsWith('.test.mjs'))
      .map((name) => join(here, name)),
  docs: examplesOf,
};

const rows = [];
const wanted = process.argv.slice(2);
for (const [suite, find] of Object.entries(suites)) {
  if (wanted.length > 0 && !wanted.includes(suite)) continue;
  const files = find();
  const row = { language: 'Node', suite, file: null, passed: 0, failed: 0, differences: 0 };
  const stream = run({ files, concurrency: true, timeout: 120_000 });
  stream.on('test:pass', (test) => {
    if (test.skip || test.todo) row.failed += 1;
    else if (test.details.type !== 'suite') row.passed += 1;
  });
  stream.on('test:fail', () => {
    row.failed += 1;
  });
  await new Promise((resolve, reject) => {
    stream.compose(spec).on('end', resolve).on('error', reject).pipe(process.stdout, { end: false });
  });
  rows.push(row);
}

for (const { suite, passed, failed } of rows) console.log(`${suite}: ${passed} passed, ${failed} failed`);
if (process.env.ARVO_REPORTS) {
  mkdirSync(process.env.ARVO_REPORTS, { recursive: true });
  for (const row of rows)
    writeFileSync(join(process.env.ARVO_REPORTS, `node-${row.suite}.json`), JSON.stringify([row]));
}
process.exitCode = rows.some(({ passed, failed }) => failed > 0 || passed === 0) ? 1 : 0;
