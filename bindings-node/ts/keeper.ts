// A memory of the user's own as the core needs it: asked once a step, its answers taken for what they should be.

import { ArvoContractError } from './error.js';
import type { MachineMemory } from './memory.js';
import { stringify } from './text.js';

/** Asks a memory that a user wrote, and says clearly what is wrong with its answers. Records go to the core as text. */
export class Keeper {
  readonly #memory: MachineMemory<any>;

  /** @throws {ArvoContractError} when the memory lacks an operation that is needed. */
  constructor(memory: MachineMemory<any>, locks: boolean, workflow: string) {
    const needed = locks ? (['read', 'write', 'lock', 'unlock'] as const) : (['read', 'write'] as const);
    const missing = needed.filter((operation) => typeof memory?.[operation] !== 'function');
    if (missing.length > 0)
      throw new ArvoContractError(
        `the ${workflow}'s memory lacks ${missing.join(', ')}; give a SimpleMachineMemory, or an object with these functions`,
      );
    this.#memory = memory;
  }

  /** The record as text. */
  async read(id: string): Promise<string | null> {
    const record: unknown = await this.#memory.read(id);
    if (record === null || record === undefined) return null;
    if (typeof record !== 'object' || Array.isArray(record))
      throw lie('read', 'the record that was written, or null', record);
    return stringify(record, (reason) => new TypeError(`the record that memory.read gave ${reason}`));
  }

  async write(id: string, record: object, previous: object | null): Promise<void> {
    await this.#memory.write(id, record, previous);
  }

  async lock(id: string): Promise<boolean> {
    const locked: unknown = await this.#memory.lock(id);
    if (typeof locked !== 'boolean') throw lie('lock', 'true, or false where somebody else holds the lock', locked);
    return locked;
  }

  /** A failure harms nobody: the lock ends by itself. */
  async unlock(id: string): Promise<void> {
    try {
      await this.#memory.unlock(id);
    } catch {}
  }
}

function lie(operation: string, wanted: string, found: unknown): TypeError {
  const kind = Array.isArray(found)
    ? 'a list'
    : found === undefined || found === null
      ? String(found)
      : `a ${typeof found}`;
  return new TypeError(`memory.${operation} gave ${kind}; it must give ${wanted}`);
}
