// The table of one execution of a machine: its contexts by revision, its events, and every object that a function gave.
//
// An object keeps its identity within a step; at the end the context becomes JSON. The core's side is machine_host.rs.

import { ConfigViolation, ContractViolation, ExecutionViolation } from './error.js';
import { ArvoEvent, draft, givenOf } from './event.js';
import { CONSUMED, Table } from './host.js';
import { Forms, type HostFunction, refusePromise } from './machine-forms.js';
import { type HostCall, type MachineCall, native } from './native.js';
import type { HostSchema } from './schema.js';
import { failureOf, sendable } from './text.js';

/** What the host of a machine must know of it. */
export type Hosted = {
  functions: readonly HostFunction[];
  /** The types of events whose data a host schema judges. */
  hosted: ReadonlySet<string>;
  /** Whether one judges the data that it ends with. */
  completes: boolean;
  /** Takes lines of the `log` action. */
  logger?: ((...line: unknown[]) => void) | undefined;
};

// Operations, as machine_host.rs numbers them.
const [TELL, ENTER, VALUE, MAKE, ACT, COLLECT, EVENT, MERGE, PUT, APPEND, DRAIN, DRAINED, LOG] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
] as const;
const [RAISED, CONTEXT, EMITTED, COMPLETED] = [2, 3, 4, 5] as const;
const [UNDEFINED, NULL, FALSE, TRUE, THROWN] = [-1, -2, -3, -4, -5] as const;
const NONE = CONSUMED - 1;

type Members = Record<string, any>;

/** Host objects of one execution of a machine. */
export class MachineTable extends Table {
  readonly #machines: readonly Hosted[];
  readonly #event: unknown;
  #machine: Hosted;
  #shown: unknown;
  /** Of functions that `enqueueActions` functions made. */
  #forms: Forms | undefined;
  #revisions: Members[] = [];
  /** What made the context at the start: it is the context, not overlaid on one. */
  #first: number | undefined;
  #drained = [0, 0];
  #thrown: unknown;

  /** `event` is what is consumed, as functions are shown it. */
  constructor(
    schemas: ReadonlyMap<number, HostSchema>,
    machines: readonly Hosted[],
    event: unknown,
    data: () => unknown,
  ) {
    super(schemas, data);
    this.#machines = machines;
    this.#machine = machines[0] as Hosted;
    this.#event = event;
    this.#shown = event;
  }

  override host(): HostCall {
    const schemas = super.host();
    return (operation, schema, token) => {
      try {
        switch (operation) {
          case RAISED:
            return `?${this.raised(this.#thrown)}`;
          case CONTEXT:
            return `=${storable(this.#revisions[token], 'context')}`;
          case EMITTED:
            return `=${this.#emitted(this.at(token))}`;
          case COMPLETED:
            return `=${this.#completed(this.at(token))}`;
          default:
            return schemas(operation, schema, token);
        }
      } catch (thrown) {
        return `?${this.raised(thrown)}`;
      }
    };
  }

  /** What the core calls for functions and contexts. */
  machines(): MachineCall {
    return (operation, a, b, c, d, text) => {
      try {
        switch (operation) {
          case VALUE:
            return this.#value(this.#run(a, this.#args(b, c), d), this.#function(a));
          case MERGE:
            return this.#merge(a, b);
          case ENTER:
            return this.#enter(a, b, text);
          case ACT:
            this.#run(a, this.#args(b, c), d);
            return UNDEFINED;
          case MAKE:
            this.#first = this.#value(this.#run(a, new Begun(this.#place(a), this.#told(b)), NONE), this.#function(a));
            return this.#first;
          case COLLECT:
            return this.#collect(a, this.#args(b, c), d);
          case TELL:
            return this.keep(JSON.parse(text as string));
          case EVENT:
            return this.#made(a === 0 ? 'input' : 'output', b, text as string);
          case PUT:
            return this.#put(this.at(a) as Members, this.at(b) as string, this.#told(c));
          case APPEND:
            return this.#append(a, this.at(b) as string[], this.#told(c));
          case DRAIN:
            return this.#drain(a, this.at(b) as string[]);
          case DRAINED:
            return this.#drained[a] as number;
          case LOG:
            return this.#log(this.#told(a), text === undefined || text === null ? undefined : JSON.parse(text));
          default:
            throw new Error(`the core asked for operation ${operation}, which this package does not know`);
        }
      } catch (thrown) {
        this.#thrown = thrown;
        return THROWN;
      }
    };
  }

  #told(token: number): unknown {
    if (token === NONE) return undefined;
    return token === CONSUMED ? this.#shown : this.at(token);
  }

  #enter(machine: number, data: number, context: string | undefined): number {
    this.#machine = this.#machines[machine] as Hosted;
    const other = data === NONE ? undefined : this.at(data);
    const event = this.#event;
    if (event instanceof ArvoEvent) this.#shown = givenOf(event, other);
    else this.#shown = other === undefined ? event : { ...(event as Members), data: other };
    const held = context === undefined || context === null ? {} : JSON.parse(context);
    if (held === null || typeof held !== 'object' || Array.isArray(held))
      throw new ExecutionViolation(
        `the stored context is ${kind(held)}, not an object; the record is not this machine's`,
      );
    this.#revisions = [held];
    return UNDEFINED;
  }

  #function(number: number): HostFunction {
    const { functions } = this.#machine;
    const found = functions[number] ?? this.#forms?.functions[number - functions.length];
    if (found === undefined) throw new ExecutionViolation(`function ${number} is not this machine's`);
    return found;
  }

  #place(number: number): string {
    return this.#function(number).place;
  }

  #args(revision: number, event: number): Args {
    return new Args(this.#revisions[revision], this.#told(event));
  }

  #run(number: number, args: Unsupported, params: number): unknown {
    const { call, place } = this.#function(number);
    args[PLACE] = place;
    const result = call(args, this.#told(params));
    refusePromise(result, place);
    return result;
  }

  #value(result: unknown, { role }: HostFunction): number {
    if (role === 'guard') return result ? TRUE : FALSE;
    switch (result) {
      case undefined:
        return UNDEFINED;
      case null:
        return NULL;
      case true:
        return TRUE;
      case false:
        return FALSE;
      default:
        return this.keep(result);
    }
  }

  #made(key: string, part: number, type: string): number {
    const event: Members = { type: JSON.parse(type) };
    if (part !== NONE) event[key] = this.#told(part);
    return this.keep(event);
  }

  #merge(revision: number, token: number): number {
    const patch = this.at(token);
    if (patch === null || typeof patch !== 'object' || Array.isArray(patch))
      throw new TypeError(`a context, and what an assign function returns, must be an object, found ${kind(patch)}`);
    return this.#revise(token === this.#first ? patch : { ...this.#revisions[revision], ...patch });
  }

  #revise(context: Members): number {
    return this.#revisions.push(context) - 1;
  }

  #put(object: Members, key: string, value: unknown): number {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    return UNDEFINED;
  }

  #append(revision: number, path: readonly string[], item: unknown): number {
    const into = (place: unknown, [key, ...rest]: readonly string[]): unknown => {
      if (key === undefined) return Array.isArray(place) ? [...place, item] : [item];
      const around = place !== null && typeof place === 'object' ? (place as Members) : {};
      return { ...around, [key]: into(around[key], rest) };
    };
    return this.#revise(into(this.#revisions[revision], path) as Members);
  }

  /** The list goes, and the object around it; what is further out stays. */
  #drain(revision: number, path: readonly string[]): number {
    let gathered: unknown;
    const without = (place: any, [key, ...rest]: readonly string[]): any => {
      if (key === undefined || place === null || typeof place !== 'object' || !Object.hasOwn(place, key)) return place;
      if (rest.length > 1) return { ...place, [key]: without(place[key], rest) };
      const { [key]: around, ...others } = place;
      gathered = around?.[rest[0] as string];
      return others;
    };
    const after = this.#revise(without(this.#revisions[revision], path));
    const tokens = Array.isArray(gathered) ? gathered.map((item) => this.keep(item)) : [];
    this.#drained = [tokens[0] ?? 0, tokens.length];
    return after;
  }

  #collect(number: number, args: Args, params: number): number {
    const { call, place } = this.#function(number);
    this.#forms ??= new Forms(this.#machine.functions.length);
    const gathering = new Gathering(this, this.#forms, place);
    const { context, event } = args;
    const given = Object.assign(new Args(context, event), { enqueue: gathering.enqueue, check: gathering.check });
    given[PLACE] = place;
    try {
      refusePromise(call(given, this.#told(params)), place);
    } finally {
      gathering.end();
    }
    return this.keep(gathering.actions);
  }

  #log(value: unknown, label: string | undefined): number {
    const line = label === undefined ? [value] : [label, value];
    (this.#machine.logger ?? console.log)(...line);
    return UNDEFINED;
  }

  /** An event that the machine emitted: its text; data that a host schema judges stays here. */
  #emitted(event: unknown): string {
    if (event === null || typeof event !== 'object' || Array.isArray(event))
      throw new Error(`a machine emits events: objects with a type and data; found ${kind(event)}`);
    const { type, data } = event as Members;
    if (!this.#machine.hosted.has(type)) return storable(draft(event), `the event ${type}`);
    return `${this.keep(data)}:${storable(draft({ ...event, data: undefined }), `the event ${type}`)}`;
  }

  #completed(output: unknown): string {
    const isObject = output !== null && typeof output === 'object' && !Array.isArray(output);
    if (!isObject || !this.#machine.completes) return storable(output, 'the output');
    const { __id, __domain, __executionunits, ...data } = output as Members;
    return `${this.keep(data)}:${storable({ __id, __domain, __executionunits }, 'the output')}`;
  }
}

/** What an `enqueueActions` function gathers, and asks, while it runs. */
class Gathering {
  readonly actions: unknown[] = [];
  readonly #table: MachineTable;
  readonly #forms: Forms;
  readonly #place: string;
  readonly #outer: Gathering | undefined = innermost;

  constructor(table: MachineTable, forms: Forms, place: string) {
    this.#table = table;
    this.#forms = forms;
    this.#place = place;
    innermost = this;
  }

  end(): void {
    innermost = this.#outer;
  }

  readonly check = (guard: unknown): boolean => {
    this.#expectRunning('check');
    const answer = native.checkGuard(JSON.stringify(this.#forms.guard(guard, `${this.#place} > check`)));
    if (!answer.startsWith('!')) return answer === 'true';
    const { token } = JSON.parse(answer.slice(1)) as { token?: number };
    throw token === undefined || token === CONSUMED ? failureOf(answer) : this.#table.at(token);
  };

  #expectRunning(what: string): void {
    if (innermost === this) return;
    throw new ConfigViolation(
      `${what} was used outside of its enqueueActions function (${this.#place}); use it while the function runs`,
    );
  }

  readonly #add = (action: unknown): void => {
    this.#expectRunning('enqueue');
    this.actions.push(this.#forms.action(action, `${this.#place} > enqueue[${this.actions.length}]`));
  };

  readonly enqueue = Object.assign((action: unknown) => this.#add(action), {
    assign: (assign: unknown) => this.#add({ assign }),
    emit: (emit: unknown) => this.#add({ emit }),
    raise: (raise: unknown, options?: { delay?: unknown }) => this.#add({ raise, delay: options?.delay }),
    log: (log: unknown, label?: string) => this.#add({ log, label }),
    sendTo: () => this.#refuse('sendTo'),
    sendParent: () => this.#refuse('sendParent'),
    spawnChild: () => this.#refuse('spawnChild'),
    stopChild: () => this.#refuse('stopChild'),
    cancel: () => this.#refuse('cancel'),
  });

  #refuse(what: string): never {
    throw unsupported(what, this.#place);
  }
}

/** The `enqueueActions` function that runs now: the core's `check` is lent to it alone. */
let innermost: Gathering | undefined;

const PLACE = Symbol('place');

/** What XState hands to functions and a synchronous machine has not. */
abstract class Unsupported {
  declare [PLACE]: string;

  get self(): never {
    throw unsupported('self', this[PLACE]);
  }
  get system(): never {
    throw unsupported('system', this[PLACE]);
  }
  get spawn(): never {
    throw unsupported('spawn', this[PLACE]);
  }
}

class Args extends Unsupported {
  constructor(
    readonly context: unknown,
    readonly event: unknown,
  ) {
    super();
  }
}

class Begun extends Unsupported {
  constructor(
    place: string,
    readonly input: unknown,
  ) {
    super();
    this[PLACE] = place;
  }
}

function unsupported(what: string, place: string): ConfigViolation {
  return new ConfigViolation(
    `Configuration Error: '${what}' not supported\nLocation: ${place}\nMachines run synchronously and talk to the outside by emitted events only.\nTo fix: emit an event`,
  );
}

/**
 * JSON text, as `JSON.stringify` makes it.
 *
 * @throws {ContractViolation} names the place of what it can't hold.
 */
function storable(value: unknown, what: string): string {
  return sendable(value, (reason) => new ContractViolation(`${culprit(value, what) ?? what} ${reason}`));
}

/** Where the first value stands that JSON can't hold: a BigInt, or an object that is inside itself. */
function culprit(value: unknown, place: string, around: readonly object[] = []): string | undefined {
  if (typeof value === 'bigint') return place;
  if (value === null || typeof value !== 'object') return undefined;
  if (around.includes(value)) return place;
  if (typeof (value as Members).toJSON === 'function') return undefined;
  const inside = [...around, value];
  for (const [key, part] of Object.entries(value)) {
    const found = culprit(part, Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`, inside);
    if (found !== undefined) return found;
  }
  return undefined;
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}
