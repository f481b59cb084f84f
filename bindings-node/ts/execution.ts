// Driving one execution: the core says what to call, the answer goes back, until it is done (ARCHITECTURE §1).

import {
  ConfigViolation,
  ContractViolation,
  ExecutionViolation,
  type Issue,
  type MachineProblem,
  TransactionViolation,
  type TransactionViolationCauseType,
  type ViolationError,
} from './error.js';
import { type ArvoEvent, eventOf } from './event.js';
import type { Table } from './host.js';
import { native } from './native.js';
import type { Recording } from './recording.js';
import { failureOf } from './text.js';

/** A step of the core's: call this function with this data. */
export type Call = {
  ticket: number;
  /** Place of the version among the contract's versions, ascending. */
  version: number;
  /** The validated data where it differs from the event's own: JSON text, or a number of the table. */
  data: string | number | undefined;
};

/** What the core says after each answer. */
export type Turn = { call: Call } | Ended;

/** The end: what is emitted, or the work that it made for the broker that the execution's event came from. */
export type Ended = { events: ArvoEvent<any, any, any>[]; work?: string };

/** Reads a turn; throws the violation, or the user's own object, if the execution ended so. */
export function turnOf(answer: string, table: Table | undefined, event: ArvoEvent<any, any, any>): Turn {
  switch (answer.charCodeAt(0)) {
    case 67 /* C */:
      {
        const [ticket, version] = [answer.indexOf(' '), answer.indexOf(' ', answer.indexOf(' ') + 1)];
        const data = answer.slice(version + 1);
        return {
          call: {
            ticket: Number(answer.slice(1, ticket)),
            version: Number(answer.slice(ticket + 1, version)),
            data: data === '' ? undefined : data.startsWith('#') ? Number(data.slice(1)) : data,
          },
        };
      }
    case 68 /* D */:
      return {
        events:
          answer.length === 1
            ? []
            : answer
                .slice(1)
                .split('\n')
                .map((line) => emitted(line, table)),
      };
    case 80 /* P */:
      return { events: [], work: answer.slice(1) };
    default:
      throw failed(answer, table, event);
  }
}

/** An event's text, or a number of the table with the text around its data. */
function emitted(line: string, table: Table | undefined): ArvoEvent<any, any, any> {
  if (line.startsWith('{')) return eventOf(line);
  const cut = line.indexOf(':');
  return eventOf(line.slice(cut + 1), { ...(table?.at(Number(line.slice(0, cut))) as object) });
}

type Failure = {
  kind: string;
  message: string;
  token?: number;
  cause?: string;
  issues?: Issue[];
  problems?: MachineProblem[];
};

/** What is to be thrown where an execution fails: a violation, or the user's own object. */
export function failed(answer: string, table: Table | undefined, event: ArvoEvent<any, any, any> | undefined): unknown {
  const { kind, message, token, cause, issues, problems }: Failure = JSON.parse(answer.slice(1));
  const own = token === undefined ? undefined : table?.at(token);
  switch (kind) {
    case 'Host':
      return own;
    case 'Contract':
      return ofCore(because(new ContractViolation(message, undefined, issues), own));
    case 'Config':
      return ofCore(new ConfigViolation(message, undefined, problems));
    case 'Execution':
      return ofCore(because(new ExecutionViolation(message), own));
    case 'OrchestratorTransaction':
      return ofCore(
        new TransactionViolation({
          cause: cause as TransactionViolationCauseType,
          message,
          initiatingEvent: event,
          error: own,
        }),
      );
    default:
      return failureOf(answer);
  }
}

/** Violations that no user code made. */
const made = new WeakSet<object>();

/** Notes that a violation is the core's own, or this face's. */
export function ofCore<E extends ViolationError>(violation: E): E {
  made.add(violation);
  return violation;
}

/** Whether something thrown is a violation that no user code made. */
export function isOfCore(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && made.has(thrown);
}

/** Among the options of an execution: told of each call of its function, for whoever checks contracts. */
export const CALLED = Symbol('called');

function because<E extends ViolationError>(violation: E, cause: unknown): E {
  return cause === undefined ? violation : Object.assign(violation, { cause });
}

/** Whether what a function returned must be waited for. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

/** Thrown where the wait for a function was given up. */
export class Aborted {
  constructor(readonly reason: unknown) {}
}

/** What the core says, once what it would have recorded is. */
export function heard(answer: string, recording: Recording | undefined): string {
  return recording === undefined ? answer : recording.heard(answer);
}

/** Gives up on an execution; the violation that tells its caller so. */
export function cancelled(
  ticket: number,
  event: ArvoEvent<any, any, any>,
  reason: unknown,
  recording: Recording | undefined,
): unknown {
  try {
    turnOf(heard(native.cancel(ticket), recording), undefined, event);
  } catch (violation) {
    return Object.assign(violation as Error, { cause: reason });
  }
  return reason;
}

/**
 * What the promise gives.
 *
 * @throws {Aborted} when the signal is aborted first.
 */
export function unlessAborted<T>(promise: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Aborted(signal.reason));
    promise.then(resolve, reject);
    if (signal.aborted) return abort();
    const forget = () => signal.removeEventListener('abort', abort); // a signal may outlive many executions
    signal.addEventListener('abort', abort, { once: true });
    promise.then(forget, forget);
  });
}

/** An execution that waits for a promise of the user's; only the waiting function holds it. */
export type Waiting = {
  readonly ticket: number;
  readonly recording: Recording | undefined;
  done: boolean;
  watched: boolean;
};

// A promise that nobody can settle any more would hold its ticket for ever. Watching every execution would cost more
// than it is worth: the young ones are held here, and only what still waits a turn of the event loop later is watched.
const forgotten = new FinalizationRegistry<Pick<Waiting, 'ticket' | 'recording'>>(
  ({ ticket, recording }) => void heard(native.cancel(ticket), recording),
);
let young: Waiting[] = [];
let crowd = 256;

/** From now on the ticket ends with the waiting function, even if its promise is never settled. */
export function waiting(ticket: number, recording: Recording | undefined): Waiting {
  const entry = { ticket, recording, done: false, watched: false };
  if (young.push(entry) === 1) setImmediate(watch).unref();
  if (young.length >= crowd) {
    young = young.filter(({ done }) => !done); // the event loop may not turn for long
    crowd = Math.max(256, 2 * young.length);
  }
  return entry;
}

function watch(): void {
  for (const entry of young) {
    if (entry.done) continue;
    entry.watched = true;
    const { ticket, recording } = entry;
    forgotten.register(entry, { ticket, recording }, entry);
  }
  young = [];
}

/** The promise was settled: its function goes on. */
export function answered(entry: Waiting): void {
  entry.done = true;
  if (entry.watched) forgotten.unregister(entry);
}
