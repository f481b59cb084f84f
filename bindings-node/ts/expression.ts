// Expressions: what those of a portable machine give, without the machine (docs/expressions.md).

import { ArvoEvaluationError, ArvoExpressionError } from './error.js';
import { type NativeExpression, native } from './native.js';
import { answered, failureOf, stringify } from './text.js';

/**
 * An expression over named values, or a template: JSON with expressions in it. To try and unit-test the expressions
 * of a portable machine.
 *
 * @example
 * ```ts
 * import { ArvoExpression } from 'arvo';
 *
 * new ArvoExpression('context.tries + 1').evaluate({ context: { tries: 1 } }); // => 2
 * new ArvoExpression('event.data.total > 100').test({ event: { data: { total: 150 } } }); // => true
 *
 * const request = new ArvoExpression({ id: { $: 'context.id' }, note: { $: 'context.?note' } });
 * request.evaluate({ context: { id: 'o1' } }); // => { id: "o1" }
 * ```
 */
export class ArvoExpression {
  readonly #native: NativeExpression;

  /**
   * @param definition - text is an expression; an object or a list is a template
   * @param names - what it may read; `context` and `event`, as in most places of a machine
   * @throws {ArvoExpressionError} when it is none, or reads another name
   */
  constructor(definition: string | object, names: readonly string[] = ['context', 'event']) {
    const json = typeof definition === 'string' ? { $: definition } : definition;
    const text = stringify(json, (reason) => new ArvoExpressionError(`a template ${reason}`));
    const made = native.compileExpression(text, [...names]);
    if (typeof made === 'string') throw failureOf(made);
    this.#native = made;
  }

  /**
   * Works it out, with a value for each name that it reads. Gives `undefined` for an empty optional, as
   * `context.?note` is without a note.
   *
   * @throws {ArvoEvaluationError} when the values do not fit, or a limit was exceeded
   */
  evaluate(values: Readonly<Record<string, unknown>> = {}): any {
    const answer = answered(this.#native.evaluate(textOf(values)));
    return answer === '' ? undefined : JSON.parse(answer);
  }

  /**
   * Asks it as a guard, which must give true or false: nothing else is either.
   *
   * @throws {ArvoEvaluationError} when it gives something else, the values do not fit, or a limit was exceeded
   */
  test(values: Readonly<Record<string, unknown>> = {}): boolean {
    return JSON.parse(answered(this.#native.test(textOf(values))));
  }
}

function textOf(values: Readonly<Record<string, unknown>>): string {
  return stringify(values, (reason) => new ArvoEvaluationError(`an object of values ${reason}`));
}
