// The addon. Text goes in and comes out; an answer that starts with "!" is a failure (see text.ts).

import load from './load.cjs';

/** A contract, compiled. */
export interface NativeContract {
  /** What it is, as JSON. */
  describe(): string;
  /** Its JSON form, as JSON. */
  toJson(): string;
  /** The exact version that `latest`, `any`, `oldest` or a version stands for. */
  resolve(option: string): string;
  /** Why it has no events that begin and end a workflow; empty if it has. */
  orchestratorOnly(): string;
  /** An event of one of its factories' methods. */
  make(method: string, version: string, draft: string, hosted: boolean, host: HostCall, open?: OpenCall): string;
}

/** Limits that a program changes. Sizes are bytes of UTF-8; what is left out stays. */
export interface Limits {
  /** An event as text; 1 MiB. */
  event?: number;
  /** Objects and lists inside each other; 128, at most 1,000. */
  depth?: number;
  /** Keys of one object; 10,000. */
  keys?: number;
  /** A subject or managed id as text; 64 KiB. */
  encoded?: number;
  /** What such a text inflates to; 64 KiB. */
  inflated?: number;
  /** A workflow's record as text; 4 MiB. */
  record?: number;
  /** Steps of one evaluation of an expression; 100,000. */
  expressionSteps?: number;
  /** What one evaluation of an expression may make, its result included; 1 MiB. */
  expressionBytes?: number;
  /** Whether system error events carry `errorStack`; they do. */
  errorStack?: boolean;
}

/** What a worker is made of, besides what it serves; times are milliseconds. */
export interface WorkerParam {
  name?: string | undefined;
  capacity?: number | undefined;
  lease?: number | undefined;
  tries?: number | undefined;
  first?: number | undefined;
  longest?: number | undefined;
}

/** What is called for every event has a number, by which it is named then; for as long as it is held. */
export interface Numbered {
  number(): number;
}

/** A handler, compiled. */
export interface NativePlan extends Numbered {}

/** A workflow, compiled, with its memory if that is inside the process. */
export interface NativeWorkflow extends Numbered {
  locking(): boolean;
  /** Empty, or why a version would not take an event. */
  checkInput(version: string, event: string, host: HostCall): string;
  fail(ticket: number, thrown: string, host: HostCall, machines?: MachineCall): string;
  locked(ticket: number, held: boolean, host: HostCall, machines?: MachineCall): string;
  found(ticket: number, record: string | null, host: HostCall, machines?: MachineCall): string;
  written(ticket: number, host: HostCall, machines?: MachineCall): string;
  unlocked(ticket: number, host: HostCall, machines?: MachineCall): string;
  refused(ticket: number, step: string, thrown: string, host: HostCall, machines?: MachineCall): string;
  cancel(ticket: number): string;
}

/** A machine, compiled. */
export interface NativeMachine {
  /** What it is, as JSON. */
  describe(): string;
  /** Its definition as records show it, as JSON. */
  definition(): string;
  chart(): NativeChart;
  mermaid(at: string | undefined, trace: readonly number[]): string;
  dot(at: string | undefined, trace: readonly number[]): string;
  describeAt(at: string): string;
}

/** A chart, compiled. */
export interface NativeChart {
  hasFunctions(): boolean;
  /** Problems, as JSON. */
  warnings(): string;
  /** A transition by its number, in words. */
  transition(number: number): string;
  start(hasInput: boolean, input: string | undefined, host: HostCall, machines?: MachineCall): string;
  resume(snapshot: string, type: string, event: string | undefined, host: HostCall, machines?: MachineCall): string;
}

/** An expression or template, compiled. */
export interface NativeExpression {
  /** JSON, or nothing. */
  evaluate(values: string): string;
  test(values: string): string;
}

/** The memory inside the process. */
export interface NativeMemory {
  read(id: string): string;
  write(id: string, record: string): string;
  lock(id: string): string;
  unlock(id: string): string;
  clear(id?: string): void;
  size(): number;
}

/** The broker's dispatcher, a source of deliveries. */
export interface NativeBroker extends Numbered {
  takeDomained(): void;
  subscribe(topic: string, alone: boolean, serial: boolean): string;
  unsubscribe(subscriber: number): void;
  publish(event: string, errand?: number): string;
  resolve(event: string): string;
  forget(errand: number): void;
  next(): string;
  answer(delivery: number, events: string): string;
  fail(delivery: number): void;
  isQuiet(): boolean;
  queued(): number;
  published(): number;
  publishedAt(index: number): string;
  clearHistory(): void;
  topics(): string;
  subscribers(topic: string): number;
}

/** An open store: requests by ticket, their answers by {@link NativeStore.fetch}. */
export interface NativeStore {
  fetch(): string;
  closed(): string;
  close(): void;
  publish(ticket: number, event: string, deliverAt?: number): string;
  publishAll(ticket: number, events: string[]): string;
  wait(ticket: number, seq: number, limit?: number): string;
  workflows(ticket: number, which: string): string;
  workflow(ticket: number, subject: string): string;
  tree(ticket: number, subject: string): string;
  history(ticket: number, subject: string): string;
  dead(ticket: number, limit: number): string;
  take(ticket: number, domain: string, limit: number): string;
  answer(ticket: number, seq: number, events: string[]): string;
  admit(ticket: number, seq: number): string;
  retry(ticket: number, seq: number): string;
  dropDead(ticket: number, seq: number): string;
  cancel(ticket: number, subject: string): string;
  purge(ticket: number, before: number, limit: number): string;
  domains(ticket: number): string;
  addDomain(ticket: number, domain: string): string;
  removeDomain(ticket: number, domain: string): string;
  counts(ticket: number): string;
  query(ticket: number, sql: string): string;
  backup(ticket: number, path: string): string;
}

/** A suite, read. */
export interface NativeSuite {
  /** JSON. */
  describe(): string;
  run(index: number): NativeRun;
}

/** A case, or a check of a contract, on its way: what is next, as JSON, and the answer to that. */
export interface NativeRun {
  next(): string;
  /** Empty, or why it is no answer. */
  answer(answer: string): string;
}

/** A worker's place at a store, a source of deliveries. */
export interface NativeWorker extends Numbered {
  take(isMeasured: boolean): string;
  fail(job: number, name: string, message: string): void;
  stop(): void;
  end(): void;
  /** JSON. */
  tally(): string;
}

/**
 * What the core asks of the host while it runs: `0` validate (schema, token), `1` text of a token.
 * The answer is text too: see host.ts.
 */
export type HostCall = (operation: number, schema: number, token: number) => string | number;

/** What the core asks of the functions and contexts of machines: see machine-table.ts. */
export type MachineCall = (
  operation: number,
  a: number,
  b: number,
  c: number,
  d: number,
  text: string | undefined,
) => number;

/** What the core asks while telemetry is on: to begin a span, see notes.ts and recording.ts. */
export type OpenCall = (opening: string) => string;

interface Native {
  parseEvent(text: string, lenient: boolean): string;
  createEvent(draft: string, open?: OpenCall): string;
  /** Notes: see notes.ts. */
  logNotes(level: string, message: string): string;
  exceptionNotes(name: string, message: string, stack: string | undefined): string;
  /** Texts and lists of names that notes call by number, from this number on, as JSON. */
  knownTexts(from: number): string;
  knownShapes(from: number): string;
  /** What is measured, as JSON. */
  metrics(): string;
  otelAttributes(event: string): string;
  createId(id: string): string;
  parseId(id: string): string;
  isUri(text: string): boolean;
  newSubject(param: string): string;
  createSubject(content: string): string;
  subjectFrom(param: string): string;
  parseSubject(subject: string): string;
  isSubject(subject: string): boolean;
  /** Runs a command of the store's command line; its exit code. */
  cli(args: string[]): number;
  compareVersions(one: string, other: string): string;
  parseVersion(version: string): string;
  isVersion(text: string): boolean;
  isWildcard(text: string): boolean;
  parseDataschema(dataschema: string): string;
  resolveDomains(question: string): string;
  timeline(deliveries: string, width: number, most: number): string;
  sequenceDiagram(deliveries: string, most: number): string;
  eventTypes(name: string): string;
  buildContract(contract: string): NativeContract | string;
  importContract(text: string, unknownKeys: string): NativeContract | string;
  buildPlan(contract: NativeContract, param: string): NativePlan | string;
  buildWorkflow(
    contract: NativeContract,
    services: NativeContract[],
    param: string,
    memory: NativeMemory | undefined,
  ): NativeWorkflow | string;
  buildMachine(contract: NativeContract, services: NativeContract[], param: string): NativeMachine | string;
  importMachine(file: string, contracts: NativeContract[]): NativeMachine | string;
  buildOrchestrator(
    machines: NativeMachine[],
    param: string,
    memory: NativeMemory | undefined,
  ): NativeWorkflow | string;
  compileChart(param: string): NativeChart | string;
  checkGuard(guard: string): string;
  compileExpression(definition: string, names: string[]): NativeExpression | string;
  collectedEvents(ticket: number): string;
  workflowRecord(ticket: number): string;
  refusedResponse(problems: string): string;
  readSuite(text: string): NativeSuite | string;
  writeSuite(written: string): NativeSuite | string;
  beginConforms(tested: NativePlan | NativeWorkflow, param: string): NativeRun | string;
  openStore(url: string, bell: () => void): Promise<NativeStore | string>;
  setLimits(changed: Limits): void;
  openWorker(
    store: NativeStore,
    serves: readonly (NativePlan | NativeWorkflow)[],
    param: WorkerParam,
    isMeasured: boolean,
    bell: () => void,
  ): NativeWorker | string;
  NodeMemory: new () => NativeMemory;
  NodeBroker: new (limit: number) => NativeBroker;
  /** A handler begins with an event's text, or its envelope `alone`. */
  execute(plan: number, event: string, alone: boolean, host: HostCall, open?: OpenCall): string;
  /** A handler begins with a delivery: its source, a broker or a worker, has the event, and takes what comes of it. */
  handleDelivery(source: number, delivery: number, plan: number, host: HostCall, open?: OpenCall): string;
  finish(ticket: number, outputs: string, tokens: string, host: HostCall): string;
  /** The same for workflows. */
  resume(workflow: number, event: string, host: HostCall, machines?: MachineCall, open?: OpenCall): string;
  resumeDelivery(
    source: number,
    delivery: number,
    workflow: number,
    host: HostCall,
    machines?: MachineCall,
    open?: OpenCall,
  ): string;
  resumed(workflow: number, ticket: number, returned: string, tokens: string, host: HostCall): string;
  fail(ticket: number, thrown: string, host: HostCall): string;
  cancel(ticket: number): string;
  openExecutions(): number;
}

export const native: Native = load('../arvo.node');
