// Driving a workflow of either kind: what its memory is asked for, and what is called (ARCHITECTURE §1).

import { type ArvoEvent, textOf } from './event.js';
import {
  Aborted,
  answered,
  type Ended,
  heard,
  isPromise,
  turnOf,
  unlessAborted,
  type Waiting,
  waiting,
} from './execution.js';
import { noHost, type Table } from './host.js';
import type { Keeper } from './keeper.js';
import { type HostCall, type MachineCall, type NativeWorkflow, native } from './native.js';
import type { Recording } from './recording.js';

/** A step of the core's: its letter, and what comes with it. */
export type Step = { letter: string; ticket: number; told: any[] };
type Turn = Step | Ended;

/** The event of one execution, with the objects of the host. */
export class Run {
  readonly host: HostCall;
  readonly machines: MachineCall | undefined;
  /** Told of each call of a resumable's function. */
  called: (() => void) | undefined;

  constructor(
    readonly event: ArvoEvent<any, any, any>,
    readonly table: Table,
    readonly signal: AbortSignal | undefined,
    readonly span: Recording | undefined,
    isHosted: boolean,
    machines?: MachineCall,
  ) {
    const host = isHosted ? table.host() : noHost;
    this.host = span === undefined ? host : span.host(host);
    this.machines = span === undefined || machines === undefined ? machines : span.machines(machines);
  }

  /** Runs user code in the execution's span. */
  within<T>(run: () => T): T {
    return this.span === undefined ? run() : this.span.within(run);
  }
}

/** How the function of a resumable is called, and what it returned told to the core. */
export type Calls = {
  call(step: Step, run: Run): unknown;
  finish(step: Step, returned: unknown, run: Run): string;
};

/** Drives the executions of a workflow. Steps of a memory inside the process never come here. */
export class Driver {
  readonly native: NativeWorkflow;
  readonly #number: number;
  readonly #keeper: Keeper | undefined;
  readonly #calls: Calls | undefined;

  /** An orchestrator has no `calls`: its machines call their functions themselves. */
  constructor(built: NativeWorkflow, keeper: Keeper | undefined, calls?: Calls) {
    this.native = built;
    this.#number = built.number();
    this.#keeper = keeper;
    this.#calls = calls;
  }

  /** Handles an event. */
  execute(made: () => Run): Promise<Ended> {
    return this.#drive(made, ({ event, host, machines, span }) =>
      native.resume(this.#number, textOf(event), host, machines, span?.open),
    );
  }

  /** Handles the event of a broker's or worker's delivery; what comes of it stays with that one. */
  receive(made: () => Run, source: number, delivery: number): Promise<Ended> {
    return this.#drive(made, ({ host, machines, span }) =>
      native.resumeDelivery(source, delivery, this.#number, host, machines, span?.open),
    );
  }

  async #drive(made: () => Run, begin: (run: Run) => string): Promise<Ended> {
    const run = made();
    const { table, host, machines, signal, span } = run;
    let turn = this.#read(begin(run), run);
    while ('letter' in turn) {
      let entry: Waiting | undefined;
      let answer: string;
      try {
        const step = turn;
        if (step.letter === 'C') {
          if (signal?.aborted) throw new Aborted(signal.reason);
          const calls = this.#calls as Calls;
          let returned = run.within(() => calls.call(step, run));
          if (isPromise(returned)) {
            entry = waiting(step.ticket, span);
            returned = signal === undefined ? await returned : await unlessAborted(returned, signal);
          }
          answer = calls.finish(step, returned, run);
        } else {
          answer = await run.within(() => this.#ask(step, run));
        }
      } catch (thrown) {
        if (thrown instanceof Aborted) return this.#cancelled(turn, run, thrown.reason);
        const told = table.raised(thrown);
        answer =
          turn.letter === 'C'
            ? this.native.fail(turn.ticket, told, host, machines)
            : this.native.refused(turn.ticket, turn.letter, told, host, machines);
      } finally {
        if (entry !== undefined) answered(entry);
      }
      turn = this.#read(answer, run);
    }
    return turn;
  }

  /** The function of a resumable returned this, as the core reads it. */
  resumed(ticket: number, returned: string, tokens: string, host: HostCall): string {
    return native.resumed(this.#number, ticket, returned, tokens, host);
  }

  /** Waits for what may never come: then the ticket ends with the waiting function. */
  async #wait<T>(ticket: number, promise: PromiseLike<T>, { signal, span }: Run): Promise<T> {
    const entry: Waiting = waiting(ticket, span);
    try {
      return signal === undefined ? await promise : await unlessAborted(promise, signal);
    } finally {
      answered(entry);
    }
  }

  #read(told: string, { table, event, span }: Run): Turn {
    const answer = heard(told, span);
    const letter = answer.charAt(0);
    if (letter === 'D' || letter === 'P' || letter === '!') return turnOf(answer, table, event) as Turn;
    const [ticket, ...parts] = JSON.parse(answer.slice(1));
    return { letter, ticket, told: parts };
  }

  /** Asks a memory of the user's own. */
  async #ask({ letter, ticket, told }: Step, run: Run): Promise<string> {
    const { host, event, machines } = run;
    const keeper = this.#keeper as Keeper;
    switch (letter) {
      case 'L':
        return this.native.locked(ticket, await this.#wait(ticket, keeper.lock(event.subject), run), host, machines);
      case 'R':
        return this.native.found(ticket, await this.#wait(ticket, keeper.read(event.subject), run), host, machines);
      case 'W':
        await this.#wait(ticket, keeper.write(event.subject, told[0], told[1]), run);
        return this.native.written(ticket, host, machines);
      default:
        await this.#wait(ticket, keeper.unlock(event.subject), run);
        return this.native.unlocked(ticket, host, machines);
    }
  }

  /**
   * Gives up on an execution: its caller is told so, and a lock that it holds is given back. One that only had to give
   * its lock back ends as it would have.
   */
  #cancelled({ ticket, letter }: Step, run: Run, reason: unknown): { events: ArvoEvent<any, any, any>[] } {
    let answer = heard(this.native.cancel(ticket), run.span);
    if (answer.startsWith('U')) {
      void this.#keeper?.unlock(run.event.subject); // nobody waits for it: the memory may be what hangs
      answer = heard(this.native.unlocked(ticket, run.host, run.machines), run.span);
    }
    try {
      return turnOf(answer, run.table, run.event) as { events: ArvoEvent<any, any, any>[] };
    } catch (violation) {
      throw letter === 'U' ? violation : Object.assign(violation as Error, { cause: reason });
    }
  }
}
