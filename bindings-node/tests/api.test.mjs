// A service written for the reference finds every name that it imports, with the same members (node-api.json).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as arvo from '../dist/index.js';

const api = JSON.parse(readFileSync(new URL('../../tests/vectors/node-api.json', import.meta.url), 'utf8'));
const exported = new Map(Object.entries(arvo));
const root = fileURLToPath(new URL('..', import.meta.url));

/** What comes with workflows, memory, broker, telemetry and test suites. */
const LATER =
  /Machine|ArvoOrchestrator$|createArvoOrchestrator$|Resumable|Broker|Telemetry|Otel|Inference|ArvoExecution|Span|OrchestrationExecutionStatus|runArvoTestSuites|xstate/;

for (const [source, { values }] of Object.entries(api).filter(([name]) => name.startsWith('arvo'))) {
  for (const [name, wanted] of Object.entries(values).filter(([name]) => !LATER.test(name))) {
    test(`${name} is as in ${source}`, () => {
      const found = exported.get(name);
      switch (wanted.kind) {
        case 'class': {
          assert.equal(typeof found, 'function');
          for (const member of wanted.static) assert.ok(member in found, member);
          for (const member of wanted.instance) assert.ok(member in found.prototype, member);
          break;
        }
        case 'function':
          assert.equal(typeof found, 'function');
          break;
        case 'string':
          assert.equal(found, wanted.value);
          break;
        default:
          assert.equal(typeof found, wanted.kind);
          for (const member of wanted.members) assert.ok(member.startsWith('_') || member in found, member);
      }
    });
  }
}

test('the first handler of the README greets', () => {
  const compiled = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.examples.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(compiled.status, 0, compiled.stdout);
  const ran = spawnSync(process.execPath, ['dist/examples/first/first.js'], { cwd: root, encoding: 'utf8' });
  assert.equal(ran.stdout, "evt.greet.user.success { text: 'Hello, Ada!' }\n");
  const source = readFileSync(new URL('../../examples/first/first.ts', import.meta.url), 'utf8');
  assert.ok(source.trimEnd().split('\n').length < 20);
});

test('nothing native is made for an event or an execution', () => {
  const event = arvo.createArvoEvent({ source: 'a', type: 'com.a.b', subject: 's', data: {} });
  assert.equal(Object.getPrototypeOf(event), arvo.ArvoEvent.prototype);
  assert.ok(/^class ArvoEvent/.test(String(arvo.ArvoEvent)));
});
