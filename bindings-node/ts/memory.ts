// Where workflows are kept between their events: inside the process, or in a memory of the user's own (SPEC §14).

import { type NativeMemory, native } from './native.js';
import { answered, stringify } from './text.js';

/** A workflow's record, as JSON; its fields are the reference's. */
export type MachineMemoryRecord = Record<string, any>;

/**
 * Where workflows are kept, by subject; implement it over any store.
 *
 * Such a memory is as safe as its lock, unless `write` compares what it holds with `previous` and fails where they
 * differ: then no update is ever lost, with or without a lock.
 */
export interface IMachineMemory<T extends MachineMemoryRecord = MachineMemoryRecord> {
  /** The record kept for `id`, or null. */
  read(id: string): Promise<T | null>;
  /** Keeps `data` for `id`. `previous` is what was read before; fail where another record is kept by now. */
  write(id: string, data: T, previous: T | null): Promise<void>;
  /** Locks `id`; false where somebody else holds the lock. */
  lock(id: string): Promise<boolean>;
  /** Gives the lock back. */
  unlock(id: string): Promise<boolean>;
}

/** A memory as workflows take it: each operation of an {@link IMachineMemory}, which may answer at once as well. */
export type MachineMemory<T extends MachineMemoryRecord = MachineMemoryRecord> = {
  [K in keyof IMachineMemory<T>]: (
    ...args: Parameters<IMachineMemory<T>[K]>
  ) => ReturnType<IMachineMemory<T>[K]> | Awaited<ReturnType<IMachineMemory<T>[K]>>;
};

/** The memory in the addon behind one of this package; set where the private field can be seen. */
export let nativeOf: (memory: SimpleMachineMemory) => NativeMemory;

/**
 * Workflows kept in this process. Their executions reach it without a step of JavaScript.
 *
 * @example
 * ```ts
 * import { SimpleMachineMemory } from 'arvo';
 *
 * const memory = new SimpleMachineMemory();
 * await memory.lock('order/1'); // => true
 * await memory.lock('order/1'); // => false
 * await memory.read('order/1'); // => null
 * ```
 */
export class SimpleMachineMemory<T extends MachineMemoryRecord = MachineMemoryRecord> implements IMachineMemory<T> {
  readonly #native: NativeMemory = new native.NodeMemory();

  /** The record kept for `id`, or null. */
  async read(id: string): Promise<T | null> {
    return JSON.parse(answered(this.#native.read(id)));
  }
  /** Keeps `data` for `id`, whatever is kept now: for setting a memory up, not for workflows at work. */
  async write(id: string, data: T, _previous: T | null = null): Promise<void> {
    const text =
      data === null || data === undefined ? '' : stringify(data, (reason) => new TypeError(`data ${reason}`));
    answered(this.#native.write(id, text));
  }
  /** Locks `id`, for 30 seconds at most; false where it is locked. */
  async lock(id: string): Promise<boolean> {
    return JSON.parse(answered(this.#native.lock(id)));
  }
  /** Ends whatever lock there is on `id`. */
  async unlock(id: string): Promise<boolean> {
    return JSON.parse(answered(this.#native.unlock(id)));
  }
  /** Forgets record and lock of `id`, or everything. */
  clear(id?: string): void {
    this.#native.clear(id);
  }
  /** How many workflows are kept. */
  get size(): number {
    return this.#native.size();
  }

  static {
    nativeOf = (memory) => memory.#native;
  }
}

/** The memory inside the process that `memory` is, if none of its operations was replaced. */
export function inProcess(memory: MachineMemory): NativeMemory | undefined {
  if (!(memory instanceof SimpleMachineMemory)) return undefined;
  const own = SimpleMachineMemory.prototype;
  const { read, write, lock, unlock } = memory;
  const isPlain = read === own.read && write === own.write && lock === own.lock && unlock === own.unlock;
  return isPlain ? nativeOf(memory) : undefined;
}
