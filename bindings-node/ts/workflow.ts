// Driving a workflow of either kind: what its memory is asked for, and what is called (ARCHITECTURE §1).

import { type ArvoEvent, textOf } from './event.js';
import { Aborted, answered, type Ended, heard, turnOf, unlessAborted, type Waiting, waiting } from './execution.js';
import { noHost, type Table } from './host.js';
import type { Keeper } from './keeper.js';
import type { HostCall, MachineCall, NativeSource, NativeWorkflow } from './native.js';
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

/** Drives the executions of a workflow. Steps of a memory inside the process never come here. */
export class Driver {
  readonly native: NativeWorkflow;
  readonly #keeper: Keeper | undefined;
  readonly #call: (step: Step, run: Run) => string | Promise<string>;

  /** `call` answers the step that runs a function of a resumable. */
  constructor(
    native: NativeWorkflow,
    keeper: Keeper | undefined,
    call: (step: Step, run: Run) => string | Promise<string>,
  ) {
    this.native = native;
    this.#keeper = keeper;
    this.#call = call;
  }

  /** Handles an event. */
  async execute(run: Run): Promise<{ events: ArvoEvent<any, any, any>[] }> {
    return this.#drive(this.native.begin(textOf(run.event), run.host, run.machines, run.span?.open), run);
  }

  /** Handles the event of a broker's or worker's delivery; what comes of it stays with that one. */
  async receive(run: Run, source: NativeSource, delivery: number): Promise<Ended> {
    return this.#drive(source.resume(delivery, this.native, run.host, run.machines, run.span?.open), run);
  }

  async #drive(begun: string, run: Run): Promise<Ended> {
    const { table, host, machines } = run;
    let turn = this.#read(begun, run);
    while ('letter' in turn) {
      let answer: string;
      try {
        const step = turn;
        const given = run.within(() => (step.letter === 'C' ? this.#call(step, run) : this.#ask(step, run)));
        answer = typeof given === 'string' ? given : await given;
      } catch (thrown) {
        if (thrown instanceof Aborted) return this.#cancelled(turn, run, thrown.reason);
        const told = table.raised(thrown);
        answer =
          turn.letter === 'C'
            ? this.native.fail(turn.ticket, told, host, machines)
            : this.native.refused(turn.ticket, turn.letter, told, host, machines);
      }
      turn = this.#read(answer, run);
    }
    return turn;
  }

  /** Waits for what may never come: then the ticket ends with the waiting function. */
  async wait<T>(ticket: number, promise: PromiseLike<T>, { signal, span }: Run): Promise<T> {
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
        return this.native.locked(ticket, await this.wait(ticket, keeper.lock(event.subject), run), host, machines);
      case 'R':
        return this.native.found(ticket, await this.wait(ticket, keeper.read(event.subject), run), host, machines);
      case 'W':
        await this.wait(ticket, keeper.write(event.subject, told[0], told[1]), run);
        return this.native.written(ticket, host, machines);
      default:
        await this.wait(ticket, keeper.unlock(event.subject), run);
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
