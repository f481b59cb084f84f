// What a store shows: receipts, workflows, deliveries, counts. The core writes them as JSON.

import { ArvoEvent } from './event.js';
import type { Failure } from './store-error.js';

/** That an event is in the store. */
export type Receipt = {
  /** Number of its delivery. */
  seq: number;
  /** Whether this call stored it; otherwise it was there already, and nothing was changed. */
  fresh: boolean;
};

/** How far a workflow is; `new`: an event names it, nothing is recorded yet. */
export type WorkflowStatus = 'new' | 'active' | 'done' | 'failed';

/** Whether a workflow goes on: `pause`, a dead letter stops it; `cancel`, it was cancelled. */
export type WorkflowControl = 'run' | 'pause' | 'cancel';

/** Which workflows to list. */
export type Which = {
  status?: WorkflowStatus;
  control?: WorkflowControl;
  /** Type of their orchestrator or resumable. */
  consumer?: string;
  /** How many at most; otherwise 100. */
  limit?: number;
  /** How many to pass over. */
  skip?: number;
};

/** A workflow, or another subject that events name. */
export type WorkflowRow = {
  subject: string;
  /** Type of its orchestrator or resumable; null: no workflow. */
  consumer: string | null;
  version: string | null;
  /** Subject of the workflow that began it. */
  parent: string | null;
  /** How often its record was written. */
  revision: number;
  status: WorkflowStatus;
  control: WorkflowControl;
  /** Name of the worker that is at it. */
  worker: string | null;
  /** Its last change, milliseconds since 1970. */
  changed: number;
};

/** An event in the store, on its way to one consumer. */
export type Posting = {
  /** Its number; later ones are higher. */
  seq: number;
  /** Number of the delivery that led to it; null: it was published. */
  cause: number | null;
  subject: string;
  /** Who shall handle it. */
  consumer: string;
  /** The domain that it waits in; empty: the local flow. */
  domain: string;
  state: 'waiting' | 'claimed' | 'done' | 'dead' | 'dropped';
  /** When it may be handled, milliseconds since 1970. */
  due: number;
  /** How often it was claimed. */
  tries: number;
  /** When it was handled, milliseconds since 1970. */
  done: number | null;
  /** Why it failed so far. */
  failures: Failure[];
  event: ArvoEvent;
};

/** How many there are of what. */
export type Counts = {
  /** Workflows by status; cancelled ones count as `cancelled`, paused ones as `paused`. */
  workflows: Record<string, number>;
  /** Events by state. */
  deliveries: Record<string, number>;
  /** Waiting events by domain. */
  domains: Record<string, number>;
  /** Names of the workers. */
  workers: string[];
};

/** What a query gave. */
export type Columns = { columns: string[]; rows: (string | number | null)[][] };

/** Reads deliveries: events are text among their other fields. */
export function postingsOf(text: string): Posting[] {
  const rows: (Omit<Posting, 'event'> & { event: string })[] = JSON.parse(text);
  return rows.map((row) => ({ ...row, event: ArvoEvent.parse(row.event) }));
}
