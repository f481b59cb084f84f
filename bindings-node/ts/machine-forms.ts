// A definition with functions in it, made into the core's forms: JSON in which a number stands for each function.
//
// Creators of XState are known by their shape: actions by `.type` and the members beside it, guards by `.check`. Nothing
// is judged here; what is wrong with a definition is found by the core.

import { ConfigViolation } from './error.js';

/** What a function of a machine is called for. */
export type Role = 'guard' | 'value' | 'action' | 'collect';

/** A function of a machine, and where it stands. */
export type HostFunction = { role: Role; call: (args: any, params?: any) => unknown; place: string };

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Members = Record<string, any>;

/** The creators of XState that a synchronous machine has no use for, by the form that the core refuses them by. */
const REFUSED: Record<string, string> = {
  'xstate.sendTo': 'sendTo',
  'xstate.cancel': 'cancel',
  'xstate.spawnChild': 'spawnChild',
  'xstate.stopChild': 'stopChild',
};

/** Where what this package's creators made has its form. */
export const FORM = Symbol('form');

/** Makes forms, and gathers the functions that they refer to. */
export class Forms {
  readonly functions: HostFunction[] = [];
  readonly #first: number;
  readonly #hasStates: boolean;
  #depth = 0;

  /** `first` is the number of the first function. Without states, ids of states can't be looked up, and are left out. */
  constructor(first = 0, hasStates = true) {
    this.#first = first;
    this.#hasStates = hasStates;
  }

  /** A whole definition. */
  machine(config: Members): Json {
    if (!isObject(config)) return this.json(config);
    const { types: _types, schemas: _schemas, ...rest } = config;
    const root = this.state(rest, '') as { [key: string]: Json };
    if ('context' in config) root.context = this.value(config.context, 'context');
    return root;
  }

  /** Named implementations, by `make`. */
  named(given: unknown, place: string, make: 'guard' | 'action'): Json {
    if (!isObject(given)) return this.json(given ?? {});
    return this.#members(given, place, (form, key) => this[make](form, `${place}.${key}`));
  }

  /** A guard. */
  guard(guard: any, place: string): Json {
    if (typeof guard === 'function') {
      if (FORM in guard) return this.guard(guard[FORM], place);
      if (typeof guard.check !== 'function') return this.#function('guard', guard, place);
      if (guard.stateValue !== undefined) return { stateIn: this.#stateIn(guard.stateValue) };
      const name = combination(guard);
      return this.guard({ [name]: name === 'not' ? guard.guards[0] : guard.guards }, place);
    }
    if (!isObject(guard) || typeof guard.type === 'string') return this.#parameterised(guard, place);
    return this.#members(guard, place, (part, key) => {
      if (key === 'not') return this.guard(part, `${place}.not`);
      if (key === 'and' || key === 'or')
        return list(part).map((each, at) => this.guard(each, `${place}.${key}[${at}]`)) as Json;
      return key === 'stateIn' ? this.#stateIn(part) : this.json(part);
    });
  }

  #stateIn(state: unknown): Json {
    return typeof state === 'string' && state.startsWith('#') && !this.#hasStates ? {} : this.json(state);
  }

  /** An action. */
  action(action: any, place: string): Json {
    const form = typeof action === 'function' ? created(action) : action;
    if (typeof form === 'function') return this.#function('action', form, place);
    if (!isObject(form) || typeof form.type === 'string') return this.#parameterised(form, place);
    return this.#members(form, place, (part, key) => {
      const inside = `${place}.${key}`;
      switch (key) {
        case 'assign':
          return this.#assign(part, inside);
        case 'emit':
        case 'raise':
        case 'log':
        case 'fail':
          return this.value(part, inside);
        case 'enqueueActions':
          return typeof part === 'function' ? this.#function('collect', part, inside) : this.json(part);
        case 'if':
          return list(part).map((branch, at) => this.#branch(branch, `${inside}[${at}]`));
        default:
          return this.json(part);
      }
    });
  }

  /** A value: a function is called for it, anything else is taken as it is. */
  value(value: unknown, place: string): Json {
    if (typeof value === 'function') return this.#function('value', value as HostFunction['call'], place);
    if (!isPlain(value)) return this.#function('value', () => value, place); // a date, an instance: kept as it is
    return hasMark(value) ? { $quote: value as Json } : (value as Json);
  }

  /** JSON as `JSON.stringify` would make it, a mark in the place of what it would drop: the core says what is wrong. */
  json(value: unknown): Json {
    const kept = (_key: string, part: unknown) =>
      typeof part === 'function' || typeof part === 'bigint' || typeof part === 'symbol' ? `(${typeof part})` : part;
    try {
      return JSON.parse(JSON.stringify(value, kept) ?? 'null');
    } catch (cause) {
      throw Object.assign(new ConfigViolation(`the definition can't be written as JSON: ${(cause as Error).message}`), {
        cause,
      });
    }
  }

  state(state: any, place: string): Json {
    if (!isObject(state)) return this.json(state);
    const at = (key: string) => (place === '' ? key : `${place}.${key}`);
    return this.#members(state, place, (part, key) => {
      switch (key) {
        case 'entry':
        case 'exit':
          return this.#actions(part, at(key));
        case 'on':
          if (!isObject(part)) return this.json(part);
          return this.#members(withForbidden(part), at('on'), (transitions, event) =>
            this.#transitions(transitions, `${at('on')}.${event}`),
          );
        case 'always':
        case 'onDone':
          return this.#transitions(part, at(key));
        case 'initial':
          return isObject(part) ? this.#transition(part, at(key)) : this.json(part);
        case 'output':
          return this.value(part, at(key));
        case 'states':
          if (!isObject(part)) return this.json(part);
          return this.#members(part, at('states'), (child, name) => this.state(child, `${at('states')}.${name}`));
        case 'context':
          return null; // the root's: made apart
        default:
          return this.json(part);
      }
    });
  }

  #transitions(transitions: any, place: string): Json {
    if (!Array.isArray(transitions)) return this.#transition(transitions, place);
    return transitions.map((each, at) => this.#transition(each, `${place}[${at}]`));
  }

  #transition(transition: any, place: string): Json {
    if (transition === undefined) return {}; // forbidden, as in XState
    if (!isObject(transition)) return this.json(transition);
    return this.#members(transition, place, (part, key) => {
      if (key === 'guard') return this.guard(part, `${place}.guard`);
      return key === 'actions' ? this.#actions(part, `${place}.actions`) : this.json(part);
    });
  }

  #branch(branch: any, place: string): Json {
    return this.#transition(branch, place);
  }

  #actions(actions: any, place: string): Json {
    if (!Array.isArray(actions)) return this.action(actions, place);
    return actions.map((each, at) => this.action(each, `${place}[${at}]`));
  }

  /** Fields of which one is a function are made by one function: one call instead of one for each. */
  #assign(fields: any, place: string): Json {
    if (!isObject(fields)) return this.value(fields, place);
    const entries = Object.entries(fields);
    if (!entries.some(([, field]) => typeof field === 'function' || !isPlain(field)))
      return this.#members(fields, place, (field, key) => this.value(field, `${place}.${key}`));
    const make = (args: unknown, params: unknown): object => {
      const patch: Members = {};
      for (const [key, field] of entries) {
        const made = typeof field === 'function' ? field(args, params) : field;
        refusePromise(made, `${place}.${key}`);
        Object.defineProperty(patch, key, { value: made, enumerable: true, configurable: true, writable: true });
      }
      return patch;
    };
    return this.#function('value', make, place);
  }

  #parameterised(named: any, place: string): Json {
    if (!isObject(named)) return this.json(named);
    return this.#members(named, place, (part, key) =>
      key === 'params' ? this.value(part, `${place}.params`) : this.json(part),
    );
  }

  #function(role: Role, call: HostFunction['call'], place: string): Json {
    return { $fn: this.#first + this.functions.push({ role, call, place }) - 1 };
  }

  /** An object, member by member; what is undefined is left out. */
  #members(object: Members, place: string, make: (part: any, key: string) => Json): { [key: string]: Json } {
    const entries = Object.entries(object).filter(([, part]) => part !== undefined);
    if (this.#depth >= DEEPEST_DEFINITION)
      throw new ConfigViolation(
        `${place || 'the definition'} is nested deeper than ${DEEPEST_DEFINITION} levels, or inside itself`,
      );
    this.#depth += 1;
    try {
      return Object.fromEntries(entries.map(([key, part]) => [key, make(part, key)]));
    } finally {
      this.#depth -= 1;
    }
  }
}

/** The form of what a creator of XState made; any other function is itself. */
function created(action: any): unknown {
  if (FORM in action) return action[FORM];
  switch (action.type) {
    case 'xstate.assign':
      return { assign: action.assignment };
    case 'xstate.emit':
      return { emit: action.event };
    case 'xstate.raise':
      return { raise: action.event, delay: action.delay };
    case 'xstate.log':
      return { log: action.value, label: action.label };
    case 'xstate.enqueueActions':
      return { enqueueActions: action.collect };
    default: {
      const refused = REFUSED[action.type];
      return refused === undefined ? action : { [refused]: true };
    }
  }
}

/** Which of XState's combined guards it is: it does not say, so it is asked about guards whose answers are known. */
function combination({ check }: Members): 'and' | 'or' | 'not' {
  const about = (...answers: boolean[]): boolean =>
    check({ machine: { implementations: { guards: {} } } }, {}, { guards: answers.map((answer) => () => answer) });
  if (!about(true)) return 'not';
  return about(true, false) ? 'or' : 'and';
}

/**
 * Functions of machines are synchronous: a promise would be taken for a value, and what it gives lost.
 *
 * @throws {ConfigViolation} when it is a promise.
 */
export function refusePromise(value: unknown, place: string): void {
  if (typeof (value as PromiseLike<unknown> | null | undefined)?.then !== 'function') return;
  (value as PromiseLike<unknown>).then(undefined, () => undefined); // refused, whatever comes of it
  throw new ConfigViolation(
    `Configuration Error: 'Promise' not supported\nLocation: ${place}\nThe function gave a promise, but machines run synchronously.\nTo fix: emit an event to a service that does the asynchronous work`,
  );
}

function isObject(value: unknown): value is Members {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The transitions of events; one that is undefined is none, and hides those of the states above. */
function withForbidden(on: Members): Members {
  return Object.fromEntries(
    Object.entries(on).map(([event, transitions]) => [event, transitions === undefined ? {} : transitions]),
  );
}

function list(value: unknown): any[] {
  return Array.isArray(value) ? value : [value];
}

/** Whether JSON holds it without loss. */
function isPlain(value: unknown, depth = 0): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || depth > DEEPEST) return false;
  if (Array.isArray(value)) return value.every((each) => isPlain(each, depth + 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((each) => isPlain(each, depth + 1));
}

/** Whether the core would take something in it for an expression, or a function. */
function hasMark(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([key, part]) => MARKS.has(key) || hasMark(part));
}

const MARKS = new Set(['$', '$fn', '$quote']);
/** What is deeper, a cycle too, is kept as an object. */
const DEEPEST = 64;
/** A chart may have states in states; something that is inside itself would have no end. */
const DEEPEST_DEFINITION = 500;
