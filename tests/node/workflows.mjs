// resumable.json, broker.json and the part of errors.json on the memory: workflows, and whole flows of them.

import {
  ArvoEvent,
  createArvoEvent,
  createArvoResumable,
  createSimpleEventBroker,
  isViolationError,
  SimpleEventBroker,
  SimpleMachineMemory,
} from '../../bindings-node/dist/index.js';
import { contractOf } from './contracts.mjs';
import { evaluate, perform, truth } from './language.mjs';
import { orchestratorOf } from './machines.mjs';
import { differences, errorOf, inputValue } from './matching.mjs';
import { handlerOf, note } from './services.mjs';

/** A recorded event. */
export const parse = (event) => ArvoEvent.parse(JSON.stringify(inputValue(event)));

/** The memory of the recorded workflows: it copies records as JSON, fails where a case says so, and tells its calls. */
export class RecordedMemory {
  records = new Map();
  locks = new Set();
  faults = {};
  calls = [];

  #call(operation, told = operation) {
    this.calls.push(told);
    if (this.faults[operation] === 'throw') throw new Error(`${operation} fault`);
  }
  async read(id) {
    this.#call('read');
    return this.records.has(id) ? JSON.parse(this.records.get(id)) : null;
  }
  async write(id, record, previous) {
    this.#call('write', previous === null ? 'write(no previous)' : 'write(with previous)');
    this.records.set(id, JSON.stringify(record));
  }
  async lock(id) {
    this.#call('lock');
    if (this.faults.lock === 'deny' || this.locks.has(id)) return false;
    this.locks.add(id);
    return true;
  }
  async unlock(id) {
    this.#call('unlock');
    return this.locks.delete(id);
  }
}

/** A resumable of a recorded definition; its rules are real functions. */
export function resumableOf({ contract, services = {}, executionunits = 0, locking, rules, domains }, file, memory) {
  const named = Object.entries(services).map(([name, service]) => [
    name,
    contractOf(file.contracts[service.contract]).version(service.version ?? '1.0.0'),
  ]);
  const functions = Object.entries(rules).map(([version, list]) => [version, async (input) => follow(list, input)]);
  return createArvoResumable({
    contracts: { self: contractOf(file.contracts[contract]), services: Object.fromEntries(named) },
    executionunits,
    memory,
    requiresResourceLocking: locking,
    handler: Object.fromEntries(functions),
    defaultEventEmissionDomains: domains,
  });
}

/** Does what the first rule that fits says. */
function follow(rules, { context, metadata, collectedEvents, domain, input, service }) {
  const scope = { context, metadata, collectedEvents, domain, input, service };
  const isOn = { undefined: () => true, input: () => input !== null, service: () => service !== null };
  const rule = rules.find(
    (each) =>
      (isOn[each.on] ?? (() => service?.type === each.on))() &&
      (each.if === undefined || truth(evaluate(each.if, scope))),
  );
  if (rule === undefined || rule.returnsNothing) return undefined;
  if ('throws' in rule || 'throwsViolation' in rule || 'throwsValue' in rule) return perform(rule, scope);
  const members = ['context', 'services', 'output'].filter((member) => member in rule);
  return Object.fromEntries(members.map((member) => [member, evaluate(rule[member], scope)]));
}

/** What an execution gave, as expectations say it. */
export async function outcomeOf(execute, event, wanted, noted) {
  try {
    const { events } = await execute();
    return { events: events.map((each) => each.toJSON()) };
  } catch (error) {
    noted(error);
    if (!isViolationError(error)) return { error: errorOf(error, wanted?.error) };
    return { violation: shownViolation(error, event) };
  }
}

/** A violation; the consumed event in it is written `$consumedEvent`. */
function shownViolation(error, event) {
  const { message } = errorOf(error);
  const metadata =
    error.metadata?.initiatingEvent === undefined || error.metadata.initiatingEvent !== event
      ? error.metadata
      : { ...error.metadata, initiatingEvent: '$consumedEvent' };
  const found = { name: error.name, message, violation: true, type: error.type, metadata };
  return error.type === 'OrchestratorTransaction' ? { ...found, cause: error.cause } : found;
}

/** Runs all steps of a case with the workflow that `make` makes of a memory. */
export async function runSteps(recorded, make, labels, file) {
  const { name, locking, steps, ours, oursExpect } = recorded;
  const memory = new RecordedMemory();
  if (oursExpect?.construction !== undefined) {
    try {
      make(memory);
      return ['wanted a refusal, found a workflow'];
    } catch (error) {
      return differences(oursExpect.construction, refusalOf(error, oursExpect.construction, name, file), labels);
    }
  }
  const made = make(memory);
  const problems = differences(locking, made.requiresResourceLocking, labels, '/locking');
  const done = [];
  for (const [index, step] of steps.entries()) {
    const given = evaluate(step.event, { steps: done });
    const event = parse(given);
    memory.faults = step.faults ?? {};
    memory.calls = [];
    memory.locks = new Set(step.held ? [event.subject] : []);
    const open = ours !== undefined && oursExpect?.[index] === undefined && oursExpect === undefined;
    const wanted = oursExpect?.[index] ?? step.expect;
    const found = await outcomeOf(
      () => made.execute(event),
      event,
      wanted,
      (error) => note(file, name, error),
    );
    done.push({ event: given, events: found.events ?? [] });
    found.record = memory.records.has(event.subject) ? JSON.parse(memory.records.get(event.subject)) : null;
    if (found.record?.executionStatus === 'failure') {
      // A failure record of ours may say more than the reference's.
      const known = Object.keys(wanted.record ?? {});
      found.record = Object.fromEntries(Object.entries(found.record).filter(([key]) => known.includes(key)));
    }
    found.memory = memory.calls;
    if (!open) problems.push(...differences(wanted, found, labels, `/${index}`));
  }
  return problems;
}

/** Why something can't be made, as expectations say it. */
export function refusalOf(error, expect, name, file) {
  note(file, name, error);
  return { error: isViolationError(error) ? shownViolation(error) : errorOf(error, expect.error) };
}

export const resumable = {
  cases(recorded, _expect, labels, file) {
    return runSteps(recorded, (memory) => resumableOf(recorded.resumable, file, memory), labels, file);
  },

  construction({ name, resumable: definition }, expect, labels, file) {
    try {
      const made = resumableOf(definition, file, new SimpleMachineMemory());
      const { source, requiresResourceLocking: locking } = made;
      return differences(expect, { made: true, source, locking }, labels);
    } catch (error) {
      return differences(expect, refusalOf(error, expect, name, file), labels);
    }
  },
};

const MAKERS = {
  handler: (definition, file) => handlerOf(definition, file),
  resumable: resumableOf,
  orchestrator: orchestratorOf,
};

export const broker = {
  async cases({ name, handlers, resolve: events, onDomained }, expect, labels, file) {
    const noted = (error) => note(file, name, error);
    const [errors, domained, results] = [[], [], []];
    const memory = new SimpleMachineMemory();
    const made = handlers.map((definition) => MAKERS[definition.kind](definition, file, memory));
    const shown = (error, wanted) => {
      noted(error);
      return isViolationError(error) ? shownViolation(error) : errorOf(error, wanted);
    };
    const onDomainedEvents = async ({ domain, event, broker: back }) => {
      domained.push({ domain, event: event.toJSON() });
      if (onDomained === 'publish') await back.publish(event);
    };
    let flow;
    try {
      flow = createSimpleEventBroker(made, {
        onError: (error, event) => errors.push({ error: shown(error), event: event.toJSON() }),
        onDomainedEvents: onDomained === undefined ? undefined : onDomainedEvents,
      });
    } catch (error) {
      const construction = shown(error);
      return differences(expect, { results, construction, errors, domained }, labels);
    }
    for (const event of events) {
      try {
        results.push({ resolved: (await flow.resolve(parse(event)))?.toJSON() ?? null });
      } catch (error) {
        results.push({ error: shown(error) });
      }
    }
    const { topics, queueLength, events: history } = flow.broker;
    const found = { results, history: history.map((each) => each.toJSON()), topics, queueLength, errors, domained };
    return differences(expect, found, labels);
  },

  async raw({ maxQueueSize, operations }, expect, labels) {
    const [deliveries, errors, results] = [[], [], []];
    const errorHandler = ({ message }, { id }) => errors.push({ message, event: id });
    const own = new SimpleEventBroker({ maxQueueSize, errorHandler });
    const leave = new Map();
    let published = 0;
    const subscriber = (name) => async (event) => {
      deliveries.push([name, event.id]);
      if (name.startsWith('fails:')) throw new Error(name.slice('fails:'.length));
      const topics = name.startsWith('publishes:') ? name.slice('publishes:'.length).split(',') : [];
      const made = topics.map((to) => {
        published += 1;
        const id = { deduplication: 'DEVELOPER_MANAGED', value: `p${published}` };
        const source = 'com.test.subscriber';
        return own.publish(createArvoEvent({ id, source, type: 'com.raw.event', subject: 'raw', to, data: {} }));
      });
      await Promise.all(made);
    };
    for (const [operation, ...rest] of operations) {
      try {
        if (operation === 'subscribe') leave.set(rest[1], own.subscribe(rest[0], subscriber(rest[1]), rest[2]));
        else if (operation === 'unsubscribe') leave.get(rest[0])();
        else await own.publish(parse(rest[0]));
        results.push('ok');
      } catch ({ message }) {
        results.push({ error: message });
      }
    }
    const { topics, queueLength, events } = own;
    const subscribers = Object.fromEntries(topics.map((topic) => [topic, own.getSubscriberCount(topic)]));
    const history = events.map(({ id }) => id);
    return differences(expect, { results, deliveries, errors, topics, subscribers, history, queueLength }, labels);
  },
};

const kept = new SimpleMachineMemory();
const CALLS = {
  'read of an empty id': () => kept.read(''),
  'write of an empty id': () => kept.write('', { x: 1 }, null),
  'write of no record': () => kept.write('a', null, null),
  'lock of an empty id': () => kept.lock(''),
  'unlock of an empty id': () => kept.unlock(''),
  'read of what is not there': () => kept.read('a'),
  write: () => kept.write('a', { x: 1 }, null),
  'read again': () => kept.read('a'),
  lock: () => kept.lock('a'),
  'lock of a locked one': () => kept.lock('a'),
  'lock of another': () => kept.lock('b'),
  unlock: () => kept.unlock('a'),
  'unlock of an unlocked one': () => kept.unlock('a'),
  'lock after unlock': () => kept.lock('a'),
  'clear one': () => kept.clear('a'),
  'lock after clear': () => kept.lock('a'),
};

/** The memory inside the process: the calls that the cases are named after, in order, on one memory. */
export async function memory({ name }, expect, labels) {
  try {
    return differences(expect, { value: (await CALLS[name]()) ?? null }, labels);
  } catch (error) {
    return differences(expect, { error: errorOf(error, expect.error) }, labels);
  }
}
