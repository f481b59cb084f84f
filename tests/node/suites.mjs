// testsuites.json: whole suites, as files and with functions, and what a runner's report says of them.

import { createArvoEvent, runArvoTestSuites, testSuiteFromJson } from '../../bindings-node/dist/index.js';
import { evaluate, truth } from './language.mjs';
import { differences, Message } from './matching.mjs';
import { handlerOf } from './services.mjs';
import { parse } from './workflows.mjs';

/** What the last error named, which a report's text alone has not. */
let paths = [];

/** A recorded handler, or a function that fails on some of its calls and gives back its input. */
function testedOf({ handler, fn }, file) {
  if (handler !== undefined) {
    const made = handlerOf(handler, file);
    const execute = async (event) => {
      try {
        return await made.execute(event);
      } catch (error) {
        paths = (error.issues ?? []).map(({ path }) => path);
        throw error;
      }
    };
    return { handler: { source: made.source, domain: null, execute } };
  }
  let calls = 0;
  const nameless = [
    async (event) => {
      calls += 1;
      if (fn.failOn?.includes(calls)) throw new Error(`call ${calls} failed`);
      return { events: [event] };
    },
  ];
  return { fn: nameless[0] };
}

/** A test runner that keeps what it is told. */
class Report {
  groups = [];
  #running = Promise.resolve();
  describe = (name, define) => {
    this.groups.push({ describe: name, tests: [] });
    define();
  };
  beforeEach = () => {};
  test = (name, run) => {
    const { tests } = this.groups.at(-1);
    this.#running = this.#running.then(async () => {
      paths = [];
      try {
        await run();
        tests.push({ name, passes: true });
      } catch ({ message }) {
        tests.push({ name, passes: false, error: new Message(message, paths) });
      }
    });
  };
  async ended() {
    await this.#running;
    return this.groups;
  }
}

/** A recorded case with functions in place of its templates. */
function caseOf({ name, repeat, steps }) {
  const check = (question, scope) => {
    if (question !== null && typeof question === 'object' && 'fails' in question) throw new Error(question.fails);
    return truth(evaluate(question, scope));
  };
  return {
    name,
    repeat,
    steps: steps.map(({ input, expectedEvents, expectedError }) => ({
      input: (previous) => {
        const made = evaluate(input, { previous: previous?.map((event) => event.toJSON()) ?? null });
        return made?.specversion === undefined ? createArvoEvent(made) : parse(made);
      },
      expectedEvents:
        expectedEvents && ((events) => check(expectedEvents, { events: events.map((event) => event.toJSON()) })),
      expectedError:
        expectedError &&
        (({ name, message, type, metadata }) => check(expectedError, { error: { name, message, type, metadata } })),
    })),
  };
}

export const testsuites = {
  async suites({ config, cases }, expect, labels, file) {
    const configs = [config].flat();
    const written = configs.map((each) => ({ name: each.name, ...testedOf(each, file) }));
    const functions = new Report();
    runArvoTestSuites([{ config: written, cases: cases.map(caseOf) }], functions);
    const problems = differences(expect, await functions.ended(), { ...labels }, ' functions');

    const fresh = configs.map((each) => testedOf(each, file));
    const text = JSON.stringify({
      config: configs.map(({ name }, at) => {
        const { handler } = fresh[at];
        return { name, ...(handler === undefined ? { function: name ?? '' } : { handler: handler.source }) };
      }),
      cases,
    });
    const tested = {
      handlers: fresh.flatMap(({ handler }) => handler ?? []),
      functions: Object.fromEntries(fresh.flatMap(({ fn }, at) => (fn ? [[configs[at].name ?? '', fn]] : []))),
    };
    const data = new Report();
    runArvoTestSuites([testSuiteFromJson(text, tested)], data);
    return [...problems, ...differences(expect, await data.ended(), labels, ' file')];
  },
};
