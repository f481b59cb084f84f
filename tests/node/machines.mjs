// orchestrator.json: machines as workflows, event by event, and what can't be made. Their templates are real functions;
// half of the actions are what XState's own creators return, so that both kinds are run.

import * as arvo from '../../bindings-node/dist/index.js';
import * as xstate from '../../bindings-node/node_modules/xstate/dist/xstate.esm.js';
import { contractOf } from './contracts.mjs';
import { evaluate, perform, truth } from './language.mjs';
import { differences } from './matching.mjs';
import { refusalOf, runSteps } from './workflows.mjs';

const version = ({ contract, version = '1.0.0' }, file) => contractOf(file.contracts[contract]).version(version);
const mapped = (object, make) =>
  Object.fromEntries(Object.entries(object ?? {}).map(([key, each]) => [key, make(each)]));

/** A machine of a recorded definition. */
function machineOf({ self, services, config, actions, guards, extraSetup }, file) {
  return arvo
    .setupArvoMachine({
      contracts: { self: version(self, file), services: mapped(services, (each) => version(each, file)) },
      actions: mapped(actions, actionOf),
      guards: mapped(guards, guardOf),
      ...extraSetup,
    })
    .createMachine(configOf(config, true));
}

let made = 0;

/** An action: in turn of this package's creators and of XState's. */
function actionOf(action) {
  made += 1;
  const creators = made % 2 === 0 ? arvo : xstate;
  const form = ['assign', 'emit', 'raise'].find((each) => each in action);
  if (form === undefined)
    return (args, params) => (action.noop === undefined ? perform(action, { ...args, params }) : undefined);
  return creators[form](({ context, event }, params) => evaluate(action[form], { context, event, params }));
}

function guardOf(guard) {
  return ({ context, event }, params) => {
    const scope = { context, event, params };
    const throws =
      guard !== null && typeof guard === 'object' && Object.keys(guard).some((key) => key.startsWith('throws'));
    return throws ? perform(guard, scope) : truth(evaluate(guard, scope));
  };
}

/** Functions in the place of templates: the root's context, every output, all params. */
function configOf(config, isRoot) {
  if (Array.isArray(config)) return config.map((each) => configOf(each, false));
  if (config === null || typeof config !== 'object') return config;
  const entries = Object.entries(config).map(([key, each]) => {
    const isTemplate = key === 'output' || key === 'params' || (isRoot && key === 'context');
    return [key, isTemplate ? (args) => evaluate(each, args) : configOf(each, false)];
  });
  return Object.fromEntries(entries);
}

/** An orchestrator of a recorded definition. */
export function orchestratorOf({ machines, executionunits, locking, domains }, file, memory) {
  return arvo.createArvoOrchestrator({
    machines: machines.map((machine) => machineOf(machine, file)),
    memory,
    executionunits,
    requiresResourceLocking: locking,
    defaultEventEmissionDomains: domains,
  });
}

export const orchestrator = {
  cases(recorded, _expect, labels, file) {
    return runSteps(recorded, (memory) => orchestratorOf(recorded.orchestrator, file, memory), labels, file);
  },

  machines({ name, machine }, expect, labels, file) {
    try {
      const { id, version: own, source, requiresResourceLocking } = machineOf(machine, file);
      return differences(expect, { made: true, id, version: own, source, requiresResourceLocking }, labels);
    } catch (error) {
      return differences(expect, refusalOf(error, expect, name, file), labels);
    }
  },

  construction(recorded, expect, labels, file) {
    try {
      const {
        source,
        domain,
        requiresResourceLocking: locking,
        systemErrorSchema,
      } = orchestratorOf(recorded, file, new arvo.SimpleMachineMemory());
      const found = { made: true, source, domain, locking, systemErrorType: systemErrorSchema.type };
      return differences(expect, found, labels);
    } catch (error) {
      return differences(expect, refusalOf(error, expect, recorded.name, file), labels);
    }
  },
};
