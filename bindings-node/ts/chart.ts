// Charts alone: a definition without contracts, one step at a time, for tests of machines.

import { ArvoChartError, ConfigViolation, type MachineProblem } from './error.js';
import { failed } from './execution.js';
import { CONSUMED } from './host.js';
import { Forms, type HostFunction } from './machine-forms.js';
import { type Hosted, MachineTable } from './machine-table.js';
import { type NativeChart, native } from './native.js';
import { stringify } from './text.js';

/** Where a run stands, as JSON: what a record holds under `state`. */
export type ChartSnapshot = {
  status: 'active' | 'done';
  output?: any;
  value: any;
  historyValue: Record<string, { id: string }[]>;
  context: any;
  children: Record<never, never>;
};

/** What a step led to. */
export type ChartStep = {
  /** Where the run stands now. */
  readonly snapshot: ChartSnapshot;
  /** The same as text. */
  readonly text: string;
  /** Events handed out by `emit`, in order, each as the object that the function made. */
  readonly emitted: any[];
  /** Events handed out by the built-in action `enqueueArvoEvent`, in order. */
  readonly enqueued: any[];
  /** Tags of the active states. */
  readonly tags: string[];
  /** Meta data of the active states, by id. */
  readonly meta: Record<string, any>;
  /** The numbers of the transitions taken, for the trace in a picture. */
  readonly trace: number[];
  /** The same in words, such as `order.paying --evt.order.pay.success--> order.done`. */
  readonly transitions: string[];
};

/** A chart has no contracts. */
const NO_SCHEMAS = new Map();

/** Takes lines of the `log` action. */
export type Logger = (...line: unknown[]) => void;

/** A compiled definition, to be run step by step; make one with {@link compileChart}. */
export class Chart {
  readonly #native: NativeChart;
  readonly #functions: readonly HostFunction[];
  readonly #hosted: readonly Hosted[];

  /** @internal */
  constructor(chart: NativeChart, functions: readonly HostFunction[], logger?: Logger) {
    this.#native = chart;
    this.#functions = functions;
    this.#hosted = [{ functions, hosted: new Set(), completes: false, logger }];
  }

  /** What looks wrong, though it runs. */
  get warnings(): MachineProblem[] {
    return JSON.parse(this.#native.warnings());
  }

  /**
   * Starts a run.
   *
   * @throws {ArvoChartError} when the chart itself fails; what its functions throw comes out as itself.
   */
  start(input?: unknown): ChartStep {
    const text = this.#functions.length > 0 || input === undefined ? undefined : asText(input, 'the input');
    const table = this.#table(input);
    return this.#step(this.#native.start(input !== undefined, text, table.host(), table.machines()), table);
  }

  /**
   * Takes a run one event further. A run that is done ignores it.
   *
   * @param snapshot - where the run stands: a step's `snapshot`, or its `text`
   * @throws {ArvoChartError} when the chart itself fails, or the snapshot does not fit it; what its functions throw
   * comes out as itself.
   */
  resume(snapshot: ChartSnapshot | string, event: { type: string; [key: string]: any }): ChartStep {
    const before = typeof snapshot === 'string' ? snapshot : asText(snapshot, 'the snapshot');
    const text = this.#functions.length > 0 ? undefined : asText(event, 'the event');
    const table = this.#table(event);
    return this.#step(this.#native.resume(before, String(event.type), text, table.host(), table.machines()), table);
  }

  #table(event: unknown): MachineTable {
    return new MachineTable(NO_SCHEMAS, this.#hosted, event, () => event);
  }

  #step(answer: string, table: MachineTable): ChartStep {
    if (answer.startsWith('!')) throw chartFailure(answer, table);
    const cut = answer.indexOf('\n');
    const { tags, meta, emitted, appended, taken } = JSON.parse(answer.slice(0, cut));
    const text = answer.slice(cut + 1);
    const events = (list: [number | null, unknown?][]) =>
      list.map(([token, event]) => (token === null ? event : table.at(token)));
    let snapshot: ChartSnapshot | undefined;
    const chart = this.#native;
    return {
      get snapshot() {
        snapshot ??= JSON.parse(text) as ChartSnapshot;
        return snapshot;
      },
      text,
      emitted: events(emitted),
      enqueued: events(appended),
      tags,
      meta,
      trace: taken,
      get transitions() {
        return (taken as number[]).map((number) => chart.transition(number));
      },
    };
  }
}

function asText(value: unknown, what: string): string {
  return stringify(value, (reason) => new TypeError(`${what} ${reason}`));
}

/** What is to be thrown: what a function threw, or the chart's own failure with that inside. */
export function chartFailure(answer: string, table?: MachineTable): unknown {
  const { message, name, token, own } = JSON.parse(answer.slice(1)) as {
    message: string;
    name?: string;
    token?: number;
    own?: boolean;
  };
  const isThrown = token !== undefined && token !== CONSUMED && table !== undefined;
  const thrown = isThrown ? table.at(token) : undefined;
  if (isThrown && own === true) return thrown;
  const error = new ArvoChartError(message, isThrown ? { cause: thrown } : undefined);
  return name === undefined ? error : Object.assign(error, { name });
}

/**
 * Compiles a definition without contracts: to run, test and draw it, one step at a time.
 *
 * @throws {ConfigViolation} with all problems of the definition in `problems`.
 *
 * @example
 * ```ts
 * import { compileChart } from 'arvo';
 *
 * const door = compileChart(
 *   { id: 'door', initial: 'open', states: { open: { on: { close: { guard: 'may', target: 'shut' } } }, shut: {} } },
 *   { guards: { may: ({ event }) => event.by !== 'wind' } },
 * );
 * const { snapshot } = door.start();
 * door.resume(snapshot, { type: 'close', by: 'wind' }).snapshot.value; // => "open"
 * door.resume(snapshot, { type: 'close', by: 'me' }).transitions; // => ["door.open --close--> door.shut"]
 * ```
 */
export function compileChart(
  definition: Record<string, any>,
  {
    actions,
    guards,
    logger,
  }: {
    actions?: Record<string, ((args: any, params: any) => unknown) | object>;
    guards?: Record<string, ((args: any, params: any) => unknown) | object>;
    logger?: Logger;
  } = {},
): Chart {
  const forms = new Forms();
  const form = {
    definition: forms.machine(definition),
    guards: forms.named(guards, 'guards', 'guard'),
    actions: forms.named(actions, 'actions', 'action'),
  };
  const hasFunctions = forms.functions.length > 0;
  const made = native.compileChart(
    stringify({ ...form, hasFunctions }, (reason) => new ConfigViolation(`the definition ${reason}`)),
  );
  if (typeof made === 'string') throw failed(made, undefined, undefined);
  return new Chart(made, forms.functions, logger);
}
