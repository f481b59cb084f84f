// What suites are made of, by the reference's names, and what runs them.

import type { ArvoEvent } from './event.js';
import type { IArvoEventHandler } from './handler-types.js';

type AnyEvent = ArvoEvent<any, any, any>;

/** A file or a case that is no suite; the text names every problem, each with its JSON Pointer. */
export class ArvoSuiteError extends Error {}

/** One event, and what must come of it: nothing that is thrown, if no more is said. */
export type ArvoTestStep = {
  /** Makes the event, of those that the step before emitted; null for the first one. */
  input: (previous: AnyEvent[] | null) => AnyEvent | Promise<AnyEvent>;
} & (
  | {
      /** Whether these are the events that must be emitted. */
      expectedEvents?: (events: AnyEvent[]) => boolean | Promise<boolean>;
      expectedError?: never;
    }
  | {
      /** Whether this is what must be thrown. */
      expectedError?: (error: Error) => boolean | Promise<boolean>;
      expectedEvents?: never;
    }
);

/** Steps that are run in order; the first that fails ends the case. */
export type ArvoTestCase = {
  /** What the report calls it. */
  name: string;
  /** At least one. */
  steps: [ArvoTestStep, ...ArvoTestStep[]];
  /** Runs it several times, side by side; so many in a hundred must pass. */
  repeat?: { times: number; successThreshold: number };
};

/** What is tested. */
export type ArvoTestConfig = {
  /** What the report calls it; otherwise `Test<…>` around the handler's source or the function's name. */
  name?: string;
} & (
  | {
      /** A handler or workflow. */
      handler: IArvoEventHandler;
      fn?: never;
    }
  | {
      /** A function that handles events. */
      fn: (event: AnyEvent) => Promise<{ events: AnyEvent[] }>;
      handler?: never;
    }
);

/** Cases, each run on each config. */
export type ArvoTestSuite = {
  /** What is tested. */
  config: ArvoTestConfig | ArvoTestConfig[];
  /** By what. */
  cases: ArvoTestCase[];
  /** Run before each test. */
  before?: () => unknown;
};

/** A test runner, as a suite sees it: the functions that vitest, jest and `node:test` call so. */
export interface IArvoTestFramework {
  /** Groups tests. */
  describe(name: string, fn: () => void): unknown;
  /** Defines a test. */
  test(name: string, fn: () => Promise<void>): unknown;
  /** Runs something before each test of the group. */
  beforeEach(fn: () => unknown): unknown;
}
