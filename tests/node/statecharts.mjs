// statecharts/: recorded charts, step by step, each from the JSON of the step before.

import * as arvo from '../../bindings-node/dist/index.js';
import { differences } from './matching.mjs';
import { Mini } from './mini.mjs';

const made = new Map();

/** Every other case of a file runs with XState's own creators. */
function miniOf(recorded, file) {
  const count = made.get(file) ?? 0;
  made.set(file, count + 1);
  return new Mini(recorded, file, count % 2 === 1);
}

export const charts = {
  cases(recorded, _expect, labels, file) {
    const mini = miniOf(recorded, file);
    const { actions, guards, logger } = mini;
    const { oursExpect: ours = {}, steps, input } = recorded;
    let chart;
    try {
      chart = arvo.compileChart(mini.definition, { actions, guards, logger });
    } catch (error) {
      if (!(error instanceof arvo.ConfigViolation)) throw error;
      const problems = error.problems.filter(({ severity }) => severity === 'error').map(({ code }) => code);
      return differences(ours.construction ?? 'a chart', { problems }, labels);
    }
    if (ours.construction !== undefined) return ['wanted a refusal, found a chart'];
    const problems = [];
    let before;
    for (const [at, { start, event, expect }] of steps.entries()) {
      const wanted = ours[at] ?? expect;
      mini.ran = [];
      const found = outcome(() => (start ? chart.start(input) : chart.resume(before, event)), mini);
      problems.push(...differences(wanted, found, labels, `/${at}`), ...sameOrder(wanted, found, at));
      before = wanted.snapshot;
    }
    return problems;
  },
};

function outcome(step, mini) {
  try {
    const { snapshot, emitted, tags, meta } = step();
    return {
      snapshot,
      emitted,
      actions: plain(mini.ran),
      ...(tags.length > 0 ? { tags } : {}),
      ...(Object.keys(meta).length > 0 ? { meta } : {}),
    };
  } catch (error) {
    return { error: error.message, actions: plain(mini.ran) };
  }
}

/** As it is recorded: JSON. */
const plain = (value) => JSON.parse(JSON.stringify(value));

function sameOrder(wanted, found, at) {
  const [one, other] = [wanted, found].map(({ snapshot }) => JSON.stringify(snapshot?.value));
  return one === other ? [] : [`/${at}: wanted the value in order ${one}, found ${other}`];
}

const schema = { type: 'object' };
const own = arvo
  .createArvoOrchestratorContract({
    uri: '#/vector/machine',
    name: 'vector',
    versions: { '1.0.0': { init: schema, complete: schema } },
  })
  .version('1.0.0');

function serviceOf(name, emits = [`evt.${name}.do.success`]) {
  const types = Object.fromEntries(emits.map((type) => [type, schema]));
  const versions = { '1.0.0': { accepts: schema, emits: types } };
  return arvo.createArvoContract({ uri: `#/vector/${name}`, type: `com.${name}.do`, versions }).version('1.0.0');
}

function machineOf(recorded, file, services, setup = {}) {
  const mini = miniOf(recorded, file);
  const { actions, guards, logger } = mini;
  const contracts = { self: own, services };
  const enqueue = recorded.implementations?.actions?.enqueueArvoEvent;
  const all = enqueue === undefined ? actions : { ...actions, enqueueArvoEvent: () => undefined };
  const machine = arvo
    .setupArvoMachine({ contracts, actions: all, guards, logger, ...setup })
    .createMachine(mini.definition);
  return { machine, mini };
}

export const engine = {
  cases(recorded, _expect, labels, file) {
    const { machine, mini } = machineOf(recorded, file, { one: serviceOf('one') });
    const problems = [];
    let before = null;
    for (const [at, { event, expect }] of recorded.steps.entries()) {
      const wanted = recorded.oursExpect?.[at] ?? expect;
      if (wanted.error?.message.startsWith('Invalid initialization event')) return problems; // the orchestrator's check
      mini.ran = [];
      let found;
      try {
        const step = before === null ? machine.chart.start(event) : machine.chart.resume(before, event);
        const output = step.snapshot.output ?? {};
        const isNew = JSON.stringify(output) !== JSON.stringify(before?.output ?? {});
        const finalOutput = isNew ? step.snapshot.output : null;
        found = { state: step.snapshot, events: plain([...step.emitted, ...step.enqueued]), finalOutput };
      } catch ({ message }) {
        found = { error: { name: 'Error', message } };
      }
      problems.push(...differences(wanted, { ...found, actions: plain(mini.ran) }, labels, `/${at}`));
      before = wanted.state;
    }
    return problems;
  },
};

export const refused = {
  cases(recorded, _expect, labels, file) {
    const { reference, oursExpect: wanted = reference, setup, services } = recorded;
    const one = serviceOf('one');
    const others = { undefined: {}, 'one contract twice, as "one" and "again"': { again: one } };
    try {
      machineOf(recorded, file, { one, ...(others[services] ?? { me: own }) }, setup);
    } catch ({ name, message }) {
      const problems = differences(wanted, { name, message }, labels);
      // Where the wording is free, XState's is still there.
      const isFree = typeof wanted.message === 'object' && typeof reference === 'object';
      const words = isFree ? reference.message.replace('ViolationError<Config> ', '') : '';
      return message.includes(words) ? problems : [...problems, `wanted the words ${words}, found ${message}`];
    }
    return wanted === 'accepts' ? [] : [`wanted ${JSON.stringify(wanted)}, found a machine`];
  },
};

export const locking = {
  cases(recorded, _expect, labels, file) {
    const services = Object.entries(recorded.serviceEmits).map(([name, emits]) => [name, serviceOf(name, emits)]);
    const { machine } = machineOf(recorded, file, Object.fromEntries(services));
    return differences(recorded.requiresResourceLocking, machine.requiresResourceLocking, labels);
  },
};
