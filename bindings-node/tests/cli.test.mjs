// `npx arvo`: what the commands do is tested in the core; here, that they are reached.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createArvoEvent } from 'arvo';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const arvo = (...args) => spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8' });

test('the commands reach a store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arvo-cli-'));
  try {
    const event = createArvoEvent({
      source: 'com.shop.web',
      type: 'com.greet.user',
      subject: 'greeting/1',
      to: 'com.greet.user',
      data: {},
    });
    const file = join(folder, 'events.jsonl');
    writeFileSync(file, JSON.stringify(event));
    const store = `sqlite:${join(folder, 'shop.db')}`;
    const published = arvo('publish', file, '--store', store, '--json');
    assert.equal(published.status, 0, published.stderr);
    assert.equal(JSON.parse(published.stdout.split('\n')[0]).new, true);
    const listed = arvo('ls', '--store', store, '--json');
    assert.equal(listed.status, 0, listed.stderr);
    assert.ok(JSON.parse(listed.stdout));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("exit codes are the commands' own", () => {
  assert.equal(arvo('--help').status, 0);
  assert.equal(arvo('no-such-command').status, 2);
  const refused = arvo('ls', '--store', 'mysql:shop');
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /sqlite:/);
});
