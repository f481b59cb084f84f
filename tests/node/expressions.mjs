// expressions.json: expressions and templates; ours, not recorded (tests/cases).

import { ArvoEvaluationError, ArvoExpression, ArvoExpressionError } from '../../bindings-node/dist/index.js';
import { differences } from './matching.mjs';

export const expressions = {
  /** Compiled for the names of its scope, which may be one of the file's, and worked out. */
  cases({ expression, template, scope: given }, expect, labels, file) {
    const scope = typeof given === 'string' ? file.scopes[given] : given;
    let found;
    try {
      found = new ArvoExpression(expression ?? template, Object.keys(scope)).evaluate(scope);
    } catch (error) {
      if (error instanceof ArvoExpressionError) return partOf(expect, 'refused', error.message);
      if (error instanceof ArvoEvaluationError) return partOf(expect, 'error', error.message);
      throw error;
    }
    return differences(expect, found === undefined ? { absent: true } : { value: found }, labels);
  },
};

/** The expected text is a part of the message. */
function partOf(expect, kind, found) {
  return expect[kind] !== undefined && found.includes(expect[kind])
    ? []
    : [`wanted ${JSON.stringify(expect)}, found ${kind}: ${found}`];
}
