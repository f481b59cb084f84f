// The table of one execution: objects of the host by number, for as long as the execution lasts.

import { isViolationError } from './error.js';
import type { HostCall } from './native.js';
import { type HostSchema, judge } from './schema.js';
import { sendable } from './text.js';

/** The number that stands for the consumed event's own data. */
export const CONSUMED = 0xffff_ffff;

const VALIDATE = 0;
/** The data is to be used as it is. */
const UNCHANGED = -1;

/**
 * Host objects of one execution. The core holds their numbers only; what a handler throws, even a text, stays here as
 * itself.
 */
export class Table {
  readonly #objects: unknown[] = [];
  readonly #schemas: ReadonlyMap<number, HostSchema>;
  readonly #consumed: () => unknown;

  /** `consumed` gives the data of the event that is handled. */
  constructor(schemas: ReadonlyMap<number, HostSchema>, consumed: () => unknown) {
    this.#schemas = schemas;
    this.#consumed = consumed;
  }

  /** Keeps an object; gives its number. */
  keep(object: unknown): number {
    return this.#objects.push(object) - 1;
  }

  /** The object of a number. */
  at(token: number): unknown {
    return token === CONSUMED ? this.#consumed() : this.#objects[token];
  }

  /** What the core calls. Answers: a number, or `UNCHANGED`; `!` and issues; `?` and what was thrown; `=` and text. */
  host(): HostCall {
    return (operation, schema, token) => {
      try {
        if (operation === VALIDATE) return this.#validate(schema, this.at(token));
        return `=${sendable(this.at(token), (reason) => new TypeError(`data ${reason}`))}`;
      } catch (thrown) {
        return `?${this.raised(thrown)}`;
      }
    };
  }

  #validate(schema: number, data: unknown): string | number {
    const judgement = judge(this.#schemas.get(schema) as HostSchema, data);
    if ('issues' in judgement) return `!${JSON.stringify(judgement.issues)}`;
    return judgement.value === data ? UNCHANGED : this.keep(judgement.value);
  }

  /** What the core is told of something thrown. */
  raised(thrown: unknown): string {
    return JSON.stringify({ token: this.keep(thrown), ...tellOf(thrown) });
  }
}

/** The host of contracts that have JSON Schemas only: the core never calls it. */
export const noHost: HostCall = () => '?{"token":0,"name":"Error","message":"there is no host schema"}';

/** What the core must know of something thrown; anything may be thrown in JavaScript. */
export function tellOf(thrown: unknown): {
  violation?: string;
  error?: boolean;
  kind?: string;
  name?: string;
  message: string;
  stack?: string;
} {
  if (isViolationError(thrown)) return { violation: thrown.type, name: thrown.name, message: thrown.message };
  const text = (read: () => unknown): string | undefined => {
    try {
      const found = read();
      return found === undefined || found === null ? undefined : String(found).toWellFormed();
    } catch {
      return undefined; // a getter or `toString` that throws has nothing to tell
    }
  };
  const { message } = { message: text(() => (thrown as Error).message) };
  if (message === undefined) return { error: false, kind: typeof thrown, message: text(() => thrown) ?? typeof thrown };
  return {
    error: true,
    name: text(() => (thrown as Error).name) ?? 'Error',
    message,
    stack: text(() => (thrown as Error).stack),
  };
}
