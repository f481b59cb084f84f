// The yardstick with the names of ours, so that the demo's own services and workflows run on both.
//
// npm's releases of the reference (2.2.13) have events, contracts, factories, subjects and handlers, but neither
// workflows nor a broker. Those stand here as the least that its parts make of them: within a span, as its handlers
// run, an event is checked by its contract, a function called, its answers checked and made events; the state is kept
// in a map. The reference's own do more for each event (locks, logs, domains, metadata), so that a ratio to these is
// rather too small than too large.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  ArvoOpenTelemetry,
  ArvoOrchestrationSubject,
  createArvoContract as contractOf,
  createArvoEvent,
  createArvoEventFactory,
  createArvoOrchestratorEventFactory,
  EventDataschemaUtil,
} from 'arvo-core';
import { createArvoEventHandler as handlerOf } from 'arvo-event-handler';

export { createArvoOrchestratorContract, createSimpleArvoContract } from 'arvo-core';
export { createArvoEventFactory, createArvoOrchestratorEventFactory };

export const ArvoDomain = { FROM_EVENT_CONTRACT: 'domain of the event contract' };
export const SimpleMachineMemory = Map;

const domains = new WeakMap();

/** A contract; this release knows no domains, so that they are kept beside it. */
export function createArvoContract({ domain, ...param }) {
  const contract = contractOf(param);
  if (domain !== undefined) domains.set(contract, domain);
  return contract;
}

/** A handler whose `execute` gives what ours gives. */
export function createArvoEventHandler(param) {
  const handler = handlerOf({ executionunits: 0, ...param });
  return { source: handler.source, execute: async (event) => ({ events: await handler.execute(event) }) };
}

/** A workflow. */
export function createArvoResumable({ contracts: { self, services = {} }, memory, handler }) {
  const source = self.type;
  const called = new Map(Object.values(services).map((service) => [service.accepts.type, service]));
  const answers = new Map(
    Object.values(services).flatMap(({ emits, systemError }) => [
      ...Object.entries(emits),
      [systemError.type, systemError.schema],
    ]),
  );
  const made = (event, contract, param) =>
    createArvoEvent({ source, parentid: event.id, dataschema: EventDataschemaUtil.create(contract), ...param });

  /** An event that asks a service; it leaves for the contract's domain where that is wanted. */
  const request = (event, { type, data, domain }) => {
    const contract = called.get(type);
    const checked = contract.accepts.schema.parse(data);
    const parent = checked.parentSubject$$;
    const subject =
      parent === undefined
        ? event.subject
        : ArvoOrchestrationSubject.from({ orchestator: type, version: contract.version, subject: parent });
    const asked = made(event, contract, { type, to: type, subject, data: checked, redirectto: source });
    return { asked, isAbroad: domain?.includes(ArvoDomain.FROM_EVENT_CONTRACT) };
  };

  const handle = async (event) => {
    const { orchestrator, execution, meta } = ArvoOrchestrationSubject.parse(event.subject);
    const contract = self.version(orchestrator.version);
    const isInit = event.type === source;
    const kept = memory.get(event.subject);
    if (kept?.isDone || isInit !== (kept === undefined)) return { events: [] };
    const data = (isInit ? contract.accepts.schema : answers.get(event.type)).parse(event.data);
    const came = { type: event.type, subject: event.subject, data };
    const { context = null, parent, collected } = kept ?? { parent: data.parentSubject$$, collected: {} };
    const collectedEvents = isInit ? {} : { ...collected, [event.type]: [...(collected[event.type] ?? []), came] };
    const home = { to: meta?.redirectto ?? execution.initiator, subject: parent ?? event.subject };
    let next;
    try {
      const [input, service] = isInit ? [came, null] : [null, came];
      next = (await handler[contract.version]({ input, service, context, collectedEvents })) ?? {};
    } catch (error) {
      memory.set(event.subject, { isDone: true });
      return { events: [createArvoOrchestratorEventFactory(contract).systemError({ source, error, ...home })] };
    }
    const { output, services: asks = [] } = next;
    memory.set(event.subject, {
      isDone: output !== undefined,
      context: next.context ?? context,
      parent,
      collected: asks.length > 0 ? {} : collectedEvents,
    });
    const requests = asks.map((ask) => request(event, ask));
    const events = requests.filter(({ isAbroad }) => !isAbroad).map(({ asked }) => asked);
    if (output !== undefined) {
      const type = contract.metadata.completeEventType;
      events.push(made(event, contract, { type, data: contract.emits[type].parse(output), ...home }));
    }
    return { events, abroad: requests.filter(({ isAbroad }) => isAbroad).map(({ asked }) => asked) };
  };
  /** In a span that bears the attributes of what goes in and out, as npm's handlers do. */
  const execute = (event) =>
    ArvoOpenTelemetry.getInstance().startActiveSpan({
      name: `Resumable<${self.uri}>`,
      spanOptions: {},
      fn: async (span) => {
        const describe = (each, prefix) => {
          for (const [name, value] of Object.entries(each.otelAttributes)) span.setAttribute(prefix + name, value);
        };
        describe(event, 'to_process.0.');
        const given = await handle(event);
        for (const [at, emitted] of given.events.entries()) describe(emitted, `to_emit.${at}.`);
        return given;
      },
    });
  return { source, memory, execute };
}

/** Delivers until nothing is left, one event after the other; the reference's broker sleeps 1 ms before each. */
export function createSimpleEventBroker(handlers, { onDomainedEvents, milliseconds = 1 }) {
  const receivers = new Map(handlers.map((handler) => [handler.source, handler]));
  return {
    resolve: async (event) => {
      const queue = [event];
      let answer = null;
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        if (milliseconds > 0) await sleep(milliseconds);
        if (next.to === event.source) {
          answer = next;
          continue;
        }
        const { events, abroad = [] } = await receivers.get(next.to).execute(next);
        queue.push(...events);
        for (const left of abroad) queue.push(...(await onDomainedEvents({ event: left })));
      }
      return answer;
    },
  };
}
