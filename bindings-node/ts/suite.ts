// Test suites: the core says what is next and what its answer means, this file calls what it asks for (SPEC §17).

import { ArvoEvent, textOf } from './event.js';
import type { IArvoEventHandler } from './handler-types.js';
import { tellOf } from './host.js';
import load from './load.cjs';
import { type NativeRun, type NativeSuite, native } from './native.js';
import {
  ArvoSuiteError,
  type ArvoTestCase,
  type ArvoTestConfig,
  type ArvoTestSuite,
  type IArvoTestFramework,
} from './suite-types.js';
import { answered, failureOf, stringify } from './text.js';

type AnyEvent = ArvoEvent<any, any, any>;
type Execute = (event: AnyEvent) => Promise<{ events: AnyEvent[] }>;

/** What the core says. */
type Next = {
  input?: { step: number; previous: object[] | null };
  execute?: { event: object };
  checkEvents?: { step: number; events: object[] };
  checkError?: { step: number; error: object };
  failed?: string;
};

/** A suite as it is run: what each group tests, and the functions of the cases. */
type Parts = { native: NativeSuite; executes: Execute[]; cases: readonly ArvoTestCase[] };

let partsOf: (suite: FileTestSuite) => Parts;

/** A suite of a file; make one with {@link testSuiteFromJson}. */
export class FileTestSuite {
  /** Run before each test. */
  readonly before: (() => unknown) | undefined;
  readonly #native: NativeSuite;
  readonly #tested: ReadonlyMap<string, Execute>;

  /** @throws {ArvoSuiteError} when the text is no suite. */
  constructor(text: string, { handlers = [], functions = {}, before }: Tested) {
    const read = native.readSuite(text);
    if (typeof read === 'string') throw failureOf(read);
    this.#native = read;
    this.before = before;
    this.#tested = new Map([
      ...handlers.map((handler): [string, Execute] => [`handler ${handler.source}`, (event) => handler.execute(event)]),
      ...Object.entries(functions).map(([name, fn]): [string, Execute] => [`function ${name}`, fn]),
    ]);
  }

  static {
    partsOf = (suite) => ({
      native: suite.#native,
      executes: groupsOf(suite.#native).groups.map(({ handler, function: name }) => {
        const key = handler === undefined ? `function ${name}` : `handler ${handler}`;
        const missing = `${key} was not given to the suite, which has ${[...suite.#tested.keys()].join(', ') || 'nothing'}`;
        return suite.#tested.get(key) ?? (() => Promise.reject(new ArvoSuiteError(missing)));
      }),
      cases: [],
    });
  }
}

/** What the file of a suite may name. */
export type Tested = {
  /** Handlers and workflows; the file names their sources. */
  handlers?: readonly IArvoEventHandler[];
  /** Functions that handle events, by the names that the file has for them. */
  functions?: Record<string, Execute>;
  /** Run before each test. */
  before?: () => unknown;
};

/**
 * Reads a suite from a file's text; `docs/testing.md` has its format.
 *
 * @throws {ArvoSuiteError} names every problem.
 *
 * @example
 * ```ts
 * import { ArvoSuiteError, testSuiteFromJson } from 'arvo';
 *
 * try {
 *   testSuiteFromJson('{"config": {"handler": "com.calc.add"}}', {});
 * } catch (error) {
 *   error instanceof ArvoSuiteError; // => true
 * }
 * ```
 */
export function testSuiteFromJson(text: string, tested: Tested): FileTestSuite {
  return new FileTestSuite(text, tested);
}

/**
 * Defines the tests of suites in a test runner: a group for each config, a test for each case. `framework` has the
 * functions `describe`, `test` and `beforeEach` of vitest, jest or `node:test`; left out, they are the global ones if the
 * runner has such, else those of `node:test`.
 *
 * @throws {ArvoSuiteError} a case is none: it has no steps, say.
 *
 * @example
 * ```ts
 * import { createArvoEvent, runArvoTestSuites } from 'arvo';
 *
 * const ran: string[] = [];
 * const framework = {
 *   describe: (_name: string, define: () => void) => define(),
 *   beforeEach: () => {},
 *   test: (name: string, run: () => Promise<void>) => run().then(() => void ran.push(name)),
 * };
 * const ping = createArvoEvent({ source: 'com.me.app', type: 'com.test.ping', subject: 's', data: { n: 1 } });
 * runArvoTestSuites(
 *   [
 *     {
 *       config: { name: 'Echo', fn: async (event) => ({ events: [event] }) },
 *       cases: [{ name: 'gives back what it got', steps: [{ input: () => ping, expectedEvents: ([event]) => event?.data.n === 1 }] }],
 *     },
 *   ],
 *   framework,
 * );
 * await new Promise(setImmediate);
 * ran; // => ["gives back what it got"]
 * ```
 */
export function runArvoTestSuites(
  suites: readonly (ArvoTestSuite | FileTestSuite)[],
  framework: IArvoTestFramework = frameworkOfProcess(),
): void {
  for (const suite of suites) {
    const { native, executes, cases } = suite instanceof FileTestSuite ? partsOf(suite) : written(suite);
    const told = groupsOf(native);
    for (const [at, { name }] of told.groups.entries()) {
      framework.describe(name, () => {
        const { before } = suite;
        if (before !== undefined) framework.beforeEach(() => before());
        for (const [index, title] of told.cases.entries())
          framework.test(title, () => follow(native.run(index), executes[at] as Execute, cases[index]));
      });
    }
  }
}

/** The functions of this process's test runner. */
function frameworkOfProcess(): IArvoTestFramework {
  const { describe, test, beforeEach } = globalThis as Partial<IArvoTestFramework>;
  if (describe && test && beforeEach) return { describe, test, beforeEach };
  return load('node:test');
}

type Told = { groups: { name: string; handler?: string; function?: string }[]; cases: string[] };

function groupsOf(suite: NativeSuite): Told {
  return JSON.parse(suite.describe());
}

/** A suite of the program's: its functions stay here, the core is told where they are. */
function written({ config, cases }: ArvoTestSuite): Parts {
  const configs: ArvoTestConfig[] = [config].flat();
  const refused = (reason: string) => new ArvoSuiteError(`a suite ${reason}`);
  const here = (fn: unknown) => (fn === undefined || fn === null ? undefined : { $host: true });
  const steps = (list: ArvoTestCase['steps']) =>
    list?.map(({ input, expectedEvents, expectedError }) => ({
      input: here(input),
      expectedEvents: here(expectedEvents),
      expectedError: here(expectedError),
    }));
  const told = stringify(
    {
      configs: configs.map(({ name, handler, fn }) => ({ name, handler: handler?.source, function: fn?.name })),
      cases: cases.map(({ name, repeat, ...of }) => ({ name, repeat, steps: steps(of.steps) })),
    },
    refused,
  );
  const suite = native.writeSuite(told);
  if (typeof suite === 'string') throw failureOf(suite);
  const executes = configs.map(
    ({ handler, fn }): Execute => fn ?? ((event) => (handler as IArvoEventHandler).execute(event)),
  );
  return { native: suite, executes, cases };
}

/** Does what a case says, until it has passed; what it failed with is thrown. */
async function follow(run: NativeRun, execute: Execute, written: ArvoTestCase | undefined): Promise<void> {
  // The objects themselves, where they are at hand: the core has them as JSON.
  let made: AnyEvent | undefined;
  let emitted: AnyEvent[] | undefined;
  let caught: unknown;
  const answer = async (next: Next): Promise<string> => {
    if (next.input !== undefined) {
      made = await written?.steps[next.input.step]?.input(next.input.previous?.map(eventOf) ?? null);
      return `{"made":${textOf(made as AnyEvent)}}`;
    }
    if (next.execute !== undefined) {
      const event = made ?? eventOf(next.execute.event);
      made = undefined;
      const done: { events?: unknown } | null | undefined = await execute(event);
      if (!Array.isArray(done?.events))
        throw new ArvoSuiteError('what is tested gave no { events }; return a list of them');
      emitted = done.events;
      return `{"executed":[${done.events.map(textOf).join()}]}`;
    }
    const { step } = (next.checkEvents ?? next.checkError) as { step: number };
    const { expectedEvents, expectedError } = written?.steps[step] ?? {};
    const holds = next.checkEvents ? await expectedEvents?.(emitted ?? []) : await expectedError?.(caught as Error);
    return `{"checked":${Boolean(holds)}}`;
  };
  for (;;) {
    const next: Next = JSON.parse(run.next());
    if ('passed' in next) return;
    if (next.failed !== undefined) throw new Error(next.failed);
    let told: string;
    try {
      told = await answer(next);
    } catch (thrown) {
      caught = thrown;
      told = stringify({ thrown: thrownOf(thrown) }, (reason) => new ArvoSuiteError(`what was thrown ${reason}`));
    }
    answered(run.answer(told));
  }
}

function eventOf(json: object): AnyEvent {
  return ArvoEvent.parse(JSON.stringify(json));
}

/** What the core is told of something thrown. */
export function thrownOf(thrown: unknown): object {
  const { violation, error, name, message } = tellOf(thrown);
  return { name, message, type: violation, metadata: metadataOf(thrown), isError: error !== false };
}

function metadataOf(thrown: unknown): unknown {
  try {
    const { metadata } = thrown as { metadata?: unknown };
    return metadata === undefined ? undefined : JSON.parse(JSON.stringify(metadata));
  } catch {
    return undefined; // what JSON can't hold, a check over JSON can't see
  }
}
