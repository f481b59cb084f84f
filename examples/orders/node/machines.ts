// The two workflows as the portable machines of ../*.machine.json: expressions and no code, the same files in every language.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createArvoOrchestrator, machineFromJson, SimpleMachineMemory } from 'arvo';
import { approve, charge, courier, fulfilment, label, release, reserve, shipment } from './contracts.js';

const contracts = [approve, charge, courier, fulfilment, label, release, reserve, shipment];

/** An orchestrator for each of the machine files in a folder. */
export function portable(folder: string) {
  const memory = new SimpleMachineMemory();
  return ['fulfilment.machine.json', 'shipment.machine.json'].map((name) => {
    const machine = machineFromJson(readFileSync(join(folder, name), 'utf8'), contracts);
    return createArvoOrchestrator({ machines: [machine], memory });
  });
}
