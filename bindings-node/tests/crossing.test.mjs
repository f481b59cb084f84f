// The crossing below the face: an answer that comes twice, late, or from inside its own execution has a name.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { backingOf } from '../dist/contract.js';
import { noHost } from '../dist/host.js';
import * as arvo from '../dist/index.js';
import { native } from '../dist/native.js';
import { readNotes } from '../dist/notes.js';
import { contractOf, eventOf, handlerOf, placed } from './service.mjs';
import { named, recorded } from './spans.mjs';

const plan = (contract = contractOf()) =>
  native.buildPlan(backingOf(contract).contract, JSON.stringify({ versions: ['1.0.0'], executionunits: 0 }));
const begin = (of = plan(), host = noHost, event = eventOf(), open = undefined) =>
  native.execute(of.number(), event.toString(), false, host, open);
const ticketOf = (step) => Number(/^C(\d+) /.exec(step)[1]);
const failure = (answer) => JSON.parse(answer.slice(1));
const output = JSON.stringify(placed());

test('a second answer, a late one and one for nobody are refused by name', () => {
  const ticket = ticketOf(begin());
  assert.match(native.finish(ticket, output, '', noHost), /^D\{/);
  for (const answer of [
    native.finish(ticket, output, '', noHost),
    native.fail(ticket, '{"message":"m"}', noHost),
    native.cancel(ticket),
    native.finish(1e15, output, '', noHost),
    native.finish(Number.NaN, output, '', noHost),
    native.finish(-1, output, '', noHost),
  ]) {
    assert.equal(failure(answer).kind, 'driver');
    assert.match(failure(answer).message, /is unknown|is at work/);
  }
});

test('a late answer after a cancel does not hit the execution that has its place now', () => {
  const first = ticketOf(begin());
  assert.equal(failure(native.cancel(first)).kind, 'Execution');
  const second = ticketOf(begin());
  assert.notEqual(first, second);
  assert.equal(failure(native.finish(first, output, '', noHost)).kind, 'driver');
  assert.match(native.finish(second, output, '', noHost), /^D\{/);
});

test('a callback that answers its own execution is told so, and the execution goes on', () => {
  const contract = contractOf({ type: 'object' }, z.any());
  const of = plan(contract);
  let ticket = 0;
  let inside = '';
  const host = () => {
    inside = native.finish(ticket, output, '', noHost);
    return -1;
  };
  ticket = ticketOf(begin(of, host));
  const answer = native.finish(ticket, '{"type":"evt.order.placed"}', '0', host);
  assert.match(answer, /^D0:\{/);
  assert.match(failure(inside).message, /at work/);
  assert.equal(native.openExecutions(), 0);
});

test('what is named by a number that nothing has is refused by name', () => {
  const of = plan();
  const broker = new native.NodeBroker(1);
  const event = eventOf().toString();
  for (const answer of [
    native.execute(4_000_000_000, event, false, noHost),
    native.resume(4_000_000_000, event, noHost),
    native.resumed(4_000_000_000, 1, '{}', ';', noHost),
    native.handleDelivery(4_000_000_000, 1, of.number(), noHost),
    native.handleDelivery(broker.number(), 1, 4_000_000_000, noHost),
    native.resumeDelivery(broker.number(), 1, 4_000_000_000, noHost),
  ]) {
    assert.equal(failure(answer).kind, 'driver');
    assert.match(failure(answer).message, /nothing of this number/);
  }
  assert.match(failure(native.handleDelivery(broker.number(), 1, of.number(), noHost)).message, /answered already/);
});

test('things of one kind have numbers of their own', () => {
  const all = Array.from({ length: 5 }, () => plan());
  assert.equal(new Set(all.map((one) => one.number())).size, 5);
  assert.deepEqual(
    all.map((one) => one.number()),
    all.map((one) => one.number()),
  );
});

test('what nobody holds any more gives its number back', async () => {
  const made = {
    handlers: plan,
    brokers: () => new native.NodeBroker(1),
    workflows: () => {
      const parts = { versions: ['1.0.0'], services: [], executionunits: 0 };
      return native.buildWorkflow(backingOf(flow).contract, [], JSON.stringify(parts), new native.NodeMemory());
    },
  };
  const flow = arvo.createArvoOrchestratorContract({
    uri: '#/flows/one',
    name: 'one',
    versions: { '1.0.0': { init: { type: 'object' }, complete: { type: 'object' } } },
  });
  for (const [kind, make] of Object.entries(made)) {
    const numbers = () => Array.from({ length: 200 }, () => make().number());
    const last = Math.max(...numbers());
    assert.ok(await collected(() => Math.min(...numbers()) <= last), kind);
  }
});

test('texts cross undamaged, whatever they are made of and however long they are', () => {
  for (const character of ['a', 'é', 'ж', '中', '\u{1f600}', '"', '\\', '\u2028']) {
    for (const around of ['', 'plain']) {
      for (let length = 0; length < 40; length += 1) {
        const item = around + character.repeat(length) + around;
        const made = arvo.createArvoEvent({
          source: 'com.shop.web',
          type: 'com.order.place',
          subject: 's',
          data: { item },
        });
        assert.equal(arvo.ArvoEvent.parse(made.toString()).data.item, item);
        assert.equal(JSON.parse(made.toString()).data.item, item);
      }
    }
  }
});

test('a host that answers nonsense, or throws, ends in a failure', () => {
  const of = plan(contractOf(z.any(), z.any()));
  const thrower = () => {
    throw new Error('not caught');
  };
  const numbers = [1.5, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY, null, undefined, {}].map((n) => () => n);
  for (const host of [() => 'nonsense', () => '?', () => '!', () => '?{}', ...numbers, thrower]) {
    assert.match(begin(of, host), /^[D!]/);
  }
  for (const open of [() => 'nonsense', () => '', () => 7, () => '{"isRecorded": 1}', thrower]) {
    assert.match(begin(of, noHost, eventOf({}), open), /^[D!]/);
  }
  assert.throws(() => native.execute(of.number(), 7, false, noHost));
  assert.equal(native.openExecutions(), 0);
});

/** Collects until it is so, for a while. */
async function collected(isSo) {
  const { default: v8 } = await import('node:v8');
  v8.setFlagsFromString('--expose-gc');
  const { runInNewContext } = await import('node:vm');
  const gc = runInNewContext('gc');
  for (let round = 0; round < 50; round += 1) {
    if (isSo()) return true;
    await sleep(5);
    gc();
  }
  return false;
}

test('a promise that nobody can settle any more gives its ticket back', async () => {
  const handler = handlerOf(() => new Promise(() => {}));
  for (let index = 0; index < 100; index += 1) void handler.execute(eventOf());
  assert.equal(native.openExecutions(), 100);
  assert.ok(await collected(() => native.openExecutions() === 0));
});

test('every thread has executions of its own', async () => {
  const ticket = ticketOf(begin());
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.native).then(({ native }) => parentPort.postMessage(native.cancel(workerData.ticket)));`;
  const workerData = { ticket, native: new URL('../dist/native.js', import.meta.url).href };
  const worker = new Worker(code, { eval: true, workerData });
  const answer = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await worker.terminate();
  assert.equal(failure(answer).kind, 'driver');
  assert.equal(failure(native.cancel(ticket)).kind, 'Execution');
});

/** What a line of the log says to whoever reads it by this function. */
function linesOf(read, message, severity = 'INFO') {
  const told = [];
  read(native.logNotes(severity, message), { mark: (mark) => told.push(mark) });
  return told.map(({ name, attributes }) => [name, attributes['log.severity'], attributes['log.message']]);
}

test('a text that comes again and again crosses once, for every copy of the package in the thread', async () => {
  const { readNotes: another } = await import('../dist/notes.js?another');
  const long = 'long '.repeat(1000);
  for (let time = 0; time < 3; time += 1) {
    for (const read of [readNotes, another]) {
      for (const text of ['again', 'ägäin \n "quoted"', '', '7', long])
        assert.deepEqual(linesOf(read, text), [['log', 'INFO', text]]);
    }
  }
  assert.ok(native.logNotes('INFO', 'again').length < 60, 'its number alone');
});

test('more texts and names than can be known by number are told whole', async () => {
  for (let time = 0; time < 3; time += 1) {
    for (let at = 0; at < 3000; at += 1) assert.deepEqual(linesOf(readNotes, `${at}`), [['log', 'INFO', `${at}`]]);
  }
  const { contract, handler } = handlerOf(() => undefined);
  const names = [...Array.from({ length: 400 }, (_, at) => `name ${at}`), '__proto__'];
  for (const name of names) {
    const attributes = JSON.parse(`{${JSON.stringify(name)}: "mine", "number": 1.5, "is": true}`);
    const own = arvo.createArvoEventHandler({ contract, handler, spanOptions: { attributes } });
    const span = named(await recorded(() => own.execute(eventOf())), 'Handler<#/orders/place>');
    const { number, is, 'consumable.0.cloudevents.event_type': type } = span.attributes;
    assert.deepEqual([number, is, type], [1.5, true, 'com.order.place'], name);
    if (name !== '__proto__') assert.equal(span.attributes[name], 'mine'); // the SDK itself loses that one
  }
});

test('times cross as they are, whatever came before them', () => {
  const times = [];
  const notes = [5, 1_700_000_000, 999_999_999, 5, 2, 5, -3, 5, 3_000_000_000];
  readNotes(JSON.stringify(notes), { end: (at) => times.push(at) });
  assert.deepEqual(times, [
    [1_700_000_000, 999_999_999],
    [1_700_000_001, 1],
    [1_700_000_000, 999_999_998],
    [1_700_000_003, 999_999_998],
  ]);
});

test('the addon asks the system for no pages of 2 MB, which would be held for a few bytes', () => {
  const file = '/proc/self/smaps'; // Linux alone has such pages
  const maps = existsSync(file) ? readFileSync(file, 'utf8') : '';
  assert.deepEqual(
    maps.split('\n').filter((line) => /^VmFlags:.* hg( |$)/.test(line)),
    [],
  );
});
