// The functions of the recorded charts (tests/vectors/statecharts/README.md), as real callbacks of JavaScript: written
// with this package's creators or with XState's own.

import * as arvo from '../../bindings-node/dist/index.js';
import * as xstate from '../../bindings-node/node_modules/xstate/dist/xstate.esm.js';

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** The value of an expression; null where nothing is found. */
export function evaluate(expression, scope) {
  if (isObject(expression))
    return Object.fromEntries(Object.entries(expression).map(([key, each]) => [key, evaluate(each, scope)]));
  if (!Array.isArray(expression)) return expression;
  const [operator, ...operands] = expression;
  if (operator === '$') return lookUp(operands[0], scope);
  if (operator === 'quote') return structuredClone(operands[0]);
  if (operator === 'throw') throw new Error(operands[0]);
  if (operator === 'if') return evaluate(operands[evaluate(operands[0], scope) === true ? 1 : 2], scope);
  return OPERATORS[operator](...operands.map((operand) => evaluate(operand, scope)));
}

function lookUp(path, scope) {
  let value = scope;
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return null;
    value = value[key];
  }
  return value ?? null;
}

const equal = (one, other) => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
const sorted = (value) =>
  isObject(value)
    ? Object.fromEntries(
        Object.keys(value)
          .sort()
          .map((key) => [key, sorted(value[key])]),
      )
    : Array.isArray(value)
      ? value.map(sorted)
      : value;
const text = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
const list = (value) => (Array.isArray(value) ? value : []);

const OPERATORS = {
  '+': (one, other) => one + other,
  '-': (one, other) => one - other,
  '*': (one, other) => one * other,
  '/': (one, other) => one / other,
  '%': (one, other) => one % other,
  eq: equal,
  ne: (one, other) => !equal(one, other),
  lt: (one, other) => one < other,
  lte: (one, other) => one <= other,
  gt: (one, other) => one > other,
  gte: (one, other) => one >= other,
  and: (...values) => values.every((value) => value === true),
  or: (...values) => values.includes(true),
  not: (value) => value !== true,
  concat: (...values) => values.map(text).join(''),
  list: (...values) => values,
  append: (start, ...items) => [...list(start), ...items],
  len: (value) => (Array.isArray(value) ? value.length : text(value).length),
  merge: (...objects) => Object.assign({}, ...objects),
};

/** The definition and implementations of a recorded case; what its functions do is told in `ran`. */
export class Mini {
  ran = [];
  #given;
  #creators;

  /** `isForeign`: the creators are XState's. */
  constructor(recorded, file, isForeign) {
    this.#given = { guards: {}, actions: {}, functions: {}, ...(recorded.implementations ?? file.implementations) };
    this.#creators = isForeign ? xstate : arvo;
    const named = new Set([...texts(recorded.machine), ...texts(this.#given)]);
    for (const name of [...(recorded.unimplemented ?? []), 'enqueueArvoEvent']) named.delete(name);
    const unnamed = [...named].filter((name) => !Object.hasOwn(this.#given.actions, name));
    this.definition = this.#state(recorded.machine);
    this.guards = this.#mapped(this.#given.guards, (guard) => this.#guard(guard));
    this.actions = {
      ...Object.fromEntries(unnamed.map((name) => [name, this.#custom(name, null)])),
      ...this.#mapped(this.#given.actions, (action, name) => this.#action(action, name)),
    };
    this.logger = (...line) => {
      const [label, value] = line.length > 1 ? line : [undefined, line[0]];
      this.ran.push(['log', label === undefined ? { value } : { label, value }]);
    };
  }

  #mapped(object, make) {
    return Object.fromEntries(Object.entries(object).map(([key, each]) => [key, make(each, key)]));
  }

  #state(state) {
    return this.#mapped(state, (part, key) => {
      if (key === 'entry' || key === 'exit') return this.#actions(part);
      if (key === 'on' && isObject(part)) return this.#mapped(part, (each) => this.#transitions(each));
      if (['always', 'onDone', 'initial'].includes(key)) return this.#transitions(part);
      if (key === 'states' && isObject(part)) return this.#mapped(part, (each) => this.#state(each));
      return key === 'output' || key === 'context' ? this.#value(part) : part;
    });
  }

  #transitions(part) {
    if (Array.isArray(part)) return part.map((each) => this.#transitions(each));
    if (!isObject(part)) return part;
    return this.#mapped(part, (each, key) => {
      if (key === 'guard') return this.#guard(each);
      return key === 'actions' ? this.#actions(each) : each;
    });
  }

  #actions(part) {
    return Array.isArray(part) ? part.map((each) => this.#action(each)) : this.#action(part);
  }

  /** An action; `name` is that of the implementation. */
  #action(action, name) {
    if (!isObject(action)) return action;
    if ('type' in action) return this.#parameterised(action);
    if ('$fn' in action) return this.#action(this.#given.functions[action.$fn], action.$fn);
    const { assign, emit, raise, log, enqueueActions } = this.#creators;
    if ('custom' in action) return this.#custom(name, action.custom);
    if ('enqueue' in action) return enqueueActions(this.#collect(name, action.enqueue));
    if ('assign' in action)
      return assign(
        isFunction(action.assign)
          ? this.#value(action.assign)
          : this.#mapped(action.assign, (each) => this.#value(each)),
      );
    if ('emit' in action) return emit(this.#value(action.emit));
    if ('raise' in action) return raise(this.#value(action.raise));
    if ('log' in action) return log(this.#value(action.log), action.label);
    if ('enqueueActions' in action) {
      const { $fn } = action.enqueueActions;
      return enqueueActions(this.#collect($fn, this.#given.functions[$fn].enqueue));
    }
    return action;
  }

  #guard(guard) {
    if (!isObject(guard)) return guard;
    if ('type' in guard) return this.#parameterised(guard);
    if ('$fn' in guard) return this.#guard(this.#given.functions[guard.$fn]);
    if ('test' in guard) return (args, params) => evaluate(guard.test, { ...args, params });
    const { and, or, not, stateIn } = this.#creators;
    if ('and' in guard) return and(guard.and.map((each) => this.#guard(each)));
    if ('or' in guard) return or(guard.or.map((each) => this.#guard(each)));
    if ('not' in guard) return not(this.#guard(guard.not));
    return 'stateIn' in guard ? stateIn(guard.stateIn) : guard;
  }

  #parameterised(named) {
    return 'params' in named ? { ...named, params: this.#value(named.params) } : named;
  }

  #value(value) {
    if (!isFunction(value)) return value;
    const expression = this.#given.functions[value.$fn];
    return (args, params) => evaluate(expression, { ...args, params });
  }

  #custom(name, expression) {
    return (args, params) => this.#record(name, expression, args, params, params === undefined ? {} : { params });
  }

  #record(name, expression, args, params, told) {
    const value = evaluate(expression, { ...args, params });
    const details = value === null ? told : { ...told, value };
    this.ran.push([name, args.event.type, ...(Object.keys(details).length === 0 ? [] : [details])]);
  }

  #collect(name, steps) {
    const follow = (list, { check, enqueue, ...args }, params) => {
      for (const step of list ?? []) {
        if (!isObject(step)) enqueue(step);
        else if ('when' in step)
          follow(check(this.#guard(step.when)) ? step.then : step.else, { ...args, check, enqueue }, params);
        else if ('call' in step) this.#record(name, step.call, args, params, {});
        else enqueue(this.#action(step));
      }
    };
    return ({ check, enqueue, context, event }, params) => follow(steps, { check, enqueue, context, event }, params);
  }
}

const isFunction = (value) => isObject(value) && Object.keys(value).length === 1 && '$fn' in value;

function texts(json) {
  if (typeof json === 'string') return [json];
  return json === null || typeof json !== 'object' ? [] : Object.values(json).flatMap(texts);
}
