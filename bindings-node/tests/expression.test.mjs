// Expressions from Node; what they give is a table that all languages run (tests/cases/expressions.json).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ArvoEvaluationError, ArvoExpression, ArvoExpressionError } from '../dist/index.js';

const caught = (call) => {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

test('an expression reads context and event unless told otherwise', () => {
  assert.equal(new ArvoExpression('context.n + event.n').evaluate({ context: { n: 1 }, event: { n: 2 } }), 3);
  assert.equal(new ArvoExpression('params.n', ['params']).evaluate({ params: { n: 1 }, unused: 2 }), 1);
  assert.match(caught(() => new ArvoExpression('params.n')).message, /known are context, event/);
});

test('a template is filled, and an empty optional drops its key', () => {
  const template = new ArvoExpression({
    id: { $: 'context.id' },
    list: [1, { $: 'context.?note' }],
    raw: { $quote: { $: 1 } },
  });
  assert.deepEqual(template.evaluate({ context: { id: 'ö1' } }), { id: 'ö1', list: [1], raw: { $: 1 } });
});

test('an empty optional is undefined, null is null', () => {
  const note = new ArvoExpression('context.?note');
  assert.equal(note.evaluate({ context: {} }), undefined);
  assert.equal(note.evaluate({ context: { note: null } }), null);
});

test('a guard gives true or false, and nothing else', () => {
  assert.equal(new ArvoExpression('context.n > 1').test({ context: { n: 2 } }), true);
  const error = caught(() => new ArvoExpression('context.n').test({ context: { n: 1 } }));
  assert.ok(error instanceof ArvoEvaluationError);
  assert.match(error.message, /true or false is needed here, and this is a number/);
});

test('what is refused says where', () => {
  const error = caught(() => new ArvoExpression({ a: [{ $: '1 +\n  * 2' }], b: { $: 1 } }));
  assert.ok(error instanceof ArvoExpressionError);
  assert.deepEqual(error.place, { path: '.a[0]', line: 2, column: 3 });
  assert.match(error.message, /^at \.a\[0\]: expression, line 2 column 3: /);
  assert.match(error.message, /\nat \.b: an expression is text; /);
});

test('what fails says where, and never shows a value', () => {
  const next = new ArvoExpression({ n: { $: 'context.card + 1' } });
  const error = caught(() => next.evaluate({ context: { card: '4111' } }));
  assert.deepEqual(error.place, { path: '.n', line: 1, column: 14 });
  assert.equal(error.overBudget, false);
  assert.ok(!error.message.includes('4111'));
  assert.match(caught(() => next.evaluate()).message, /no value was given for this name/);
});

test('a budget that is used up is told apart', () => {
  const all = new ArvoExpression('context.all(a, context.all(b, context.all(c, a + b + c >= 0)))');
  const error = caught(() => all.evaluate({ context: Array.from({ length: 100 }, (_, at) => at) }));
  assert.ok(error instanceof ArvoEvaluationError && error.overBudget);
  assert.match(error.message, /^ExpressionBudget: /);
});

test('what is no JSON is refused by name', () => {
  const cycle = {};
  cycle.self = cycle;
  const context = new ArvoExpression('context');
  assert.match(caught(() => context.evaluate({ context: cycle })).message, /can't be written as JSON/);
  assert.match(caught(() => context.evaluate({ context: '\ud800' })).message, /the values can't be read/);
  assert.match(caught(() => context.evaluate([])).message, /values are given by name/);
  assert.match(caught(() => new ArvoExpression({ $: 1n })).message, /can't be written as JSON/);
  let deep = 1;
  for (let level = 0; level < 1_000; level += 1) deep = [deep];
  assert.match(caught(() => context.evaluate({ context: deep })).message, /nested deeper than 128/);
});

test('the examples of the page run', () => {
  const page = readFileSync(new URL('../../docs/expressions.md', import.meta.url), 'utf8');
  const [, block] = /^```js\n(.*?)^```$/ms.exec(page);
  const lines = block.trimEnd().split('\n');
  for (const line of lines) {
    const [, call, result] = /^(.+); \/\/ => (.+)$/.exec(line);
    const found = new Function('ArvoExpression', `return ${call}`)(ArvoExpression);
    assert.deepEqual(found, JSON.parse(result), line);
  }
  assert.ok(lines.length > 3);
});
