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

/** The insides of the reference's orchestrator. */
const INSIDE = /MachineRegistry|MachineExecutionEngine/;

/** What the reference keeps for itself, although JavaScript lets everybody see it. */
const OWN = new Set(['ArvoResumable.memory', 'ArvoResumable.validateInput', 'SimpleEventBroker.processQueue']);

for (const [source, { values }] of Object.entries(api).filter(([name]) => name.startsWith('arvo'))) {
  for (const [name, wanted] of Object.entries(values).filter(([name]) => !INSIDE.test(name))) {
    test(`${name} is as in ${source}`, () => {
      const found = exported.get(name);
      switch (wanted.kind) {
        case 'class': {
          assert.equal(typeof found, 'function');
          for (const member of wanted.static) assert.ok(member in found, member);
          for (const member of wanted.instance)
            assert.ok(OWN.has(`${name}.${member}`) || member in found.prototype, member);
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

test('the attributes of OpenInference have the names of its conventions', () => {
  const { ATTR_SPAN_KIND, ATTR_LLM_MODEL_NAME, ATTR_MESSAGE_CONTENT_TEXT, ATTR_TOOL_CALL_FUNCTION_NAME } =
    arvo.OpenInference;
  assert.equal(ATTR_SPAN_KIND, 'openinference.span.kind');
  assert.equal(ATTR_LLM_MODEL_NAME, 'llm.model_name');
  assert.equal(ATTR_MESSAGE_CONTENT_TEXT, 'messagecontent.text');
  assert.equal(ATTR_TOOL_CALL_FUNCTION_NAME, 'tool_call.function.name');
});

const flags = '--no-experimental-require-module'; // as older loaders, Jest's and bundlers' are
const printed = (expression, ...more) => {
  const { stdout, stderr } = spawnSync(process.execPath, [...more, '-p', expression], { cwd: root, encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout.trim();
};

test('where modules cannot be required, there is a build of CommonJS', () => {
  assert.match(printed('require.resolve("arvo")', flags), /cjs.index\.js$/);
  assert.equal(printed('Object.keys(require("arvo")).sort().join()', flags), Object.keys(arvo).sort().join());
  const event = "{ source: 'a.b.c', type: 'com.a.b', subject: 's', data: { n: 1 } }";
  assert.equal(printed(`require("arvo").createArvoEvent(${event}).data.n`, flags), '1');
});

test('where modules can be required, a program has one copy of the package, however it loads it', () => {
  assert.match(printed('require.resolve("arvo")', '--no-warnings'), /dist.index\.js$/);
});

test('the first handler, workflow and machine of the README do what they say', () => {
  const compiled = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.examples.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(compiled.status, 0, compiled.stdout);
  for (const [name, says, lines] of [
    ['first', "evt.greet.user.success { text: 'Hello, Ada!' }\n", 20],
    ['workflow', 'arvo.orc.game.two.done { total: 8 }\n', 40],
    ['machine', 'arvo.orc.game.two.done { total: 8 }\n', 40],
  ]) {
    const ran = spawnSync(process.execPath, [`dist/examples/first/${name}.js`], { cwd: root, encoding: 'utf8' });
    assert.equal(ran.stdout, says, ran.stderr);
    const source = readFileSync(new URL(`../../examples/first/${name}.ts`, import.meta.url), 'utf8');
    assert.ok(source.trimEnd().split('\n').length < lines);
  }
});

test('nothing native is made for an event or an execution', () => {
  const event = arvo.createArvoEvent({ source: 'a', type: 'com.a.b', subject: 's', data: {} });
  assert.equal(Object.getPrototypeOf(event), arvo.ArvoEvent.prototype);
  assert.ok(/^class ArvoEvent/.test(String(arvo.ArvoEvent)));
});
