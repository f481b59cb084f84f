// The little language of behaviours (tests/vectors/README.md, section 2), as real callbacks of JavaScript.

import {
  ConfigViolation,
  ContractViolation,
  ExecutionViolation,
  ViolationError,
} from '../../bindings-node/dist/index.js';

/** The value of a template in a scope; undefined where nothing is found. */
export function evaluate(template, scope) {
  if (Array.isArray(template)) return template.map((each) => evaluate(each, scope) ?? null);
  if (template === null || typeof template !== 'object') return template;
  const keys = Object.keys(template).filter((key) => key !== 'default');
  const [name] = keys;
  if (keys.length === 1 && name.startsWith('$') && !name.endsWith('$$')) {
    if (!Object.hasOwn(OPERATORS, name)) throw new Error(`unknown operator ${name}`);
    return OPERATORS[name](template[name], scope, template);
  }
  const members = Object.entries(template).map(([key, each]) => [key, evaluate(each, scope)]);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** What lies at `a.b.0.c`. */
export function lookUp(path, value) {
  for (const part of Array.isArray(path) ? path : path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/** Nothing, null, false, 0 and "" are false. */
export function truth(value) {
  return Boolean(value);
}

function equal(one, other) {
  const [left, right] = [one ?? null, other ?? null];
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return left === right;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
  );
}

const list = (operand, scope) => evaluate(operand, scope) ?? [];
const compare = (test) => (operands, scope) => {
  const [left, right] = operands.map((each) => evaluate(each, scope) ?? null);
  return left !== null && right !== null && test(left, right);
};

const OPERATORS = {
  $ref: (path, scope, template) =>
    lookUp(path, scope) ?? (lookUp(path, scope) === null ? null : evaluate(template.default, scope)),
  $literal: (value) => value,
  $sum: (operands, scope) => list(operands, scope).reduce((sum, each) => sum + each, 0),
  $mul: (operands, scope) => list(operands, scope).reduce((product, each) => product * each, 1),
  $sub: (operands, scope) => evaluate(operands[0], scope) - evaluate(operands[1], scope),
  $concat: (operands, scope) => list(operands, scope).map(String).join(''),
  $len: (operand, scope) => evaluate(operand, scope)?.length ?? 0,
  $eq: (operands, scope) => equal(evaluate(operands[0], scope), evaluate(operands[1], scope)),
  $gt: compare((left, right) => left > right),
  $gte: compare((left, right) => left >= right),
  $lt: compare((left, right) => left < right),
  $not: (operand, scope) => !truth(evaluate(operand, scope)),
  $and: (operands, scope) => operands.every((each) => truth(evaluate(each, scope))),
  $or: (operands, scope) => operands.some((each) => truth(evaluate(each, scope))),
  $if: ([condition, then, otherwise], scope) => evaluate(truth(evaluate(condition, scope)) ? then : otherwise, scope),
  $append([start, ...items], scope) {
    return [
      ...(evaluate(start, scope) ?? []),
      ...items.map((each) => evaluate(each, scope)).filter((each) => each !== undefined),
    ];
  },
  $merge: (operands, scope) => Object.assign({}, ...operands.map((each) => evaluate(each, scope) ?? {})),
  $pluck: ([items, path], scope) => (evaluate(items, scope) ?? []).map((item) => lookUp(path, item) ?? null),
};

/** Does what a behaviour says: returns a value, nothing, or throws. */
export function perform(behaviour, scope) {
  if ('throws' in behaviour) throw Object.assign(new Error(behaviour.throws.message), { name: behaviour.throws.name });
  if ('throwsViolation' in behaviour) throw violation(behaviour.throwsViolation);
  if ('throwsValue' in behaviour) throw behaviour.throwsValue;
  return 'returns' in behaviour ? evaluate(behaviour.returns, scope) : undefined;
}

function violation({ kind, type, message, metadata }) {
  switch (kind) {
    case 'Execution':
      return new ExecutionViolation(message, metadata);
    case 'Config':
      return new ConfigViolation(message, metadata);
    case 'Contract':
      return new ContractViolation(message, metadata);
    default:
      return new ViolationError({ type, message, metadata });
  }
}
