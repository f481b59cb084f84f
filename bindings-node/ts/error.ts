// Every way to fail, as classes: violations (SPEC §9), and the errors of events, contracts, subjects and schemas.
//
// Texts are written by the core; these classes carry them, so that each failure is caught as its own class.

/** What {@link ViolationError} is made of. */
export type ViolationErrorParam<T extends string = string> = {
  /** The class of violation, such as `RateLimited`. */
  type: T;
  /** What happened, for a person. */
  message: string;
  /** What a program needs to act on it. */
  metadata?: Record<string, any>;
};

/** One problem of data: where, and what is wrong there. */
export type Issue = {
  /** JSON Pointer of the value at fault; empty for the whole. */
  path: string;
  /** What is wrong there. It never holds the data's own values. */
  message: string;
};

/**
 * A failure that whoever called `execute` must see: it emits nothing and leaves no trace in state.
 *
 * Anything else thrown in a handler becomes a system error event. Derive from it for violations of your own.
 *
 * @example
 * ```ts
 * import { ViolationError, isViolationError } from 'arvo';
 *
 * const busy = new ViolationError({ type: 'RateLimited', message: 'slow down', metadata: { retryAfter: 5 } });
 * busy.name; // => "ViolationError<RateLimited>"
 * busy.metadata; // => { retryAfter: 5 }
 * isViolationError(busy); // => true
 * ```
 */
export class ViolationError<T extends string = string> extends Error {
  /** The class of violation. */
  readonly type: T;
  /** What a program needs to act on it; null if nothing was given. */
  readonly metadata: Record<string, any> | null;
  /** `ViolationError<type>`. */
  override readonly name: `ViolationError<${T}>`;
  /** The mark by which violations of another copy of this package are known. */
  readonly isArvoViolationError = true as const;

  constructor({ type, message, metadata }: ViolationErrorParam<T>) {
    super(`ViolationError<${type}> ${message}`);
    this.type = type;
    this.name = `ViolationError<${type}>`;
    this.metadata = metadata ?? null;
  }
}

/**
 * Data breaks a contract: input, output, or the contract's uri.
 *
 * @example
 * ```ts
 * import { ContractViolation } from 'arvo';
 *
 * new ContractViolation('no such item').message; // => "ViolationError<Contract> no such item"
 * ```
 */
export class ContractViolation extends ViolationError<'Contract'> {
  /** Every problem of the data, if data broke a schema; else empty. */
  readonly issues: readonly Issue[];

  constructor(message: string, metadata?: Record<string, any>, issues: readonly Issue[] = []) {
    super({ type: 'Contract', message, metadata });
    this.issues = issues;
  }
}

/**
 * The wiring is wrong: an event came to a handler that was not built for it.
 *
 * @example
 * ```ts
 * import { ConfigViolation } from 'arvo';
 *
 * new ConfigViolation('not for me').name; // => "ViolationError<Config>"
 * ```
 */
export class ConfigViolation extends ViolationError<'Config'> {
  /** Every problem of a machine's definition, if that is what is wrong; else empty. */
  readonly problems: readonly MachineProblem[];

  constructor(message: string, metadata?: Record<string, any>, problems: readonly MachineProblem[] = []) {
    super({ type: 'Config', message, metadata });
    this.problems = problems;
  }
}

/** A problem of a machine's definition. */
export type MachineProblem = {
  /** Which rule it breaks, such as `E-TARGET` or `W-UNREACHABLE`. */
  code: string;
  /** Errors refuse the machine. */
  severity: 'error' | 'warning';
  /** Where, such as `states.a.on.E[0].target`; empty for the whole. */
  path: string;
  /** What is wrong, and what to do. */
  message: string;
};

/**
 * The execution could not go on: cancelled, or stopped by the user's own code.
 *
 * @example
 * ```ts
 * import { ExecutionViolation } from 'arvo';
 *
 * new ExecutionViolation('stop', { attempt: 3 }).metadata; // => { attempt: 3 }
 * ```
 */
export class ExecutionViolation extends ViolationError<'Execution'> {
  constructor(message: string, metadata?: Record<string, any>) {
    super({ type: 'Execution', message, metadata });
  }
}

/** The operation on state that failed, by the names of the wire. */
export const TransactionViolationCause = {
  READ_FAILURE: 'READ_MACHINE_MEMORY_FAILURE',
  LOCK_FAILURE: 'LOCK_MACHINE_MEMORY_FAILURE',
  WRITE_FAILURE: 'WRITE_MACHINE_MEMORY_FAILURE',
  LOCK_UNACQUIRED: 'LOCK_UNACQUIRED',
  INVALID_SUBJECT: 'INVALID_SUBJECT',
} as const;

/** One of {@link TransactionViolationCause}. */
export type TransactionViolationCauseType = (typeof TransactionViolationCause)[keyof typeof TransactionViolationCause];

/**
 * State could not be read, locked or written.
 *
 * @example
 * ```ts
 * import { TransactionViolation, TransactionViolationCause, createArvoEvent, isTransactionViolationError } from 'arvo';
 *
 * const event = createArvoEvent({ source: 'com.shop.web', type: 'com.order.place', subject: 'order/1', data: {} });
 * const lost = new TransactionViolation({ cause: TransactionViolationCause.READ_FAILURE, message: 'disk', initiatingEvent: event });
 * lost.message; // => "ViolationError<OrchestratorTransaction> [READ_MACHINE_MEMORY_FAILURE] disk"
 * isTransactionViolationError(lost, TransactionViolationCause.READ_FAILURE); // => true
 * ```
 */
export class TransactionViolation extends ViolationError<'OrchestratorTransaction'> {
  /** The operation that failed. */
  override readonly cause: TransactionViolationCauseType;
  /** What the memory threw, if it threw; `cause` is taken by the operation's name. */
  declare readonly error?: unknown;

  constructor(param: {
    cause: TransactionViolationCauseType;
    message: string;
    initiatingEvent: unknown;
    error?: unknown;
  }) {
    super({
      type: 'OrchestratorTransaction',
      message: `[${param.cause}] ${param.message}`,
      metadata: { initiatingEvent: param.initiatingEvent },
    });
    this.cause = param.cause;
    if (param.error !== undefined) this.error = param.error;
  }
}

/**
 * Whether something caught is a violation: by its class, or by its fields if it comes from another copy of the
 * package.
 *
 * @example
 * ```ts
 * import { ContractViolation, isViolationError } from 'arvo';
 *
 * isViolationError(new ContractViolation('no')); // => true
 * isViolationError(new Error('no')); // => false
 * ```
 */
export function isViolationError(error: unknown): error is ViolationError {
  if (!(error instanceof Error)) return false;
  const { isArvoViolationError, type, name, message } = error as Partial<ViolationError>;
  const text = (field: unknown) => typeof field === 'string' && field !== '';
  return isArvoViolationError === true && text(type) && text(name) && text(message);
}

/**
 * Whether something caught is a {@link TransactionViolation}, of `cause` if one is given.
 *
 * @example
 * ```ts
 * import { isTransactionViolationError } from 'arvo';
 *
 * isTransactionViolationError(new Error('no')); // => false
 * ```
 */
export function isTransactionViolationError(
  error: unknown,
  cause?: TransactionViolationCauseType,
): error is TransactionViolation {
  if (!isViolationError(error) || error.type !== 'OrchestratorTransaction') return false;
  return cause === undefined || error.cause === cause;
}

/** One broken attribute of an event. */
export type BrokenAttribute = {
  /** Its name: an attribute, `data`, or the key of an extension. */
  attribute: string;
  /** What is wrong with it, and what would be right. */
  reason: string;
};

/**
 * An event that can't be made or read: every broken attribute at once.
 *
 * @example
 * ```ts
 * import { ArvoEventError, createArvoEvent } from 'arvo';
 *
 * try {
 *   createArvoEvent({ source: 'com.shop.web', type: 'place', subject: '', data: {} });
 * } catch (error) {
 *   const { broken } = error as ArvoEventError;
 *   broken.map(({ attribute }) => attribute); // => ["type", "subject"]
 * }
 * ```
 */
export class ArvoEventError extends Error {
  /** Every broken attribute, in the order of the event; empty when the text as a whole can't be read. */
  readonly broken: readonly BrokenAttribute[];

  constructor(message: string, broken: readonly BrokenAttribute[] = []) {
    super(message);
    this.broken = broken;
  }
}

/**
 * A contract that can't be built, or a version that it lacks.
 *
 * @example
 * ```ts
 * import { ArvoContractError, createArvoContract } from 'arvo';
 *
 * try {
 *   createArvoContract({ uri: '', type: 'com.order.place', versions: { '1.0.0': { accepts: {}, emits: {} } } });
 * } catch (error) {
 *   error instanceof ArvoContractError; // => true
 * }
 * ```
 */
export class ArvoContractError extends Error {}

/** Where an expression is wrong. */
export type ExpressionPlace = {
  /** Where in a template, such as `.data.items[0]`; empty for an expression alone. */
  path?: string;
  /** The line in the expression, from 1. */
  line?: number;
  /** The column in that line, from 1, in characters. */
  column?: number;
};

/**
 * A text that is no expression, a template that holds one, or one that reads a name outside its scope. The text shows
 * every place, `place` is the first.
 *
 * @example
 * ```ts
 * import { ArvoExpression, ArvoExpressionError } from 'arvo';
 *
 * try {
 *   new ArvoExpression('contxt.total > 1');
 * } catch (error) {
 *   (error as ArvoExpressionError).place; // => { path: "", line: 1, column: 1 }
 *   (error as ArvoExpressionError).message.includes('did you mean context?'); // => true
 * }
 * ```
 */
export class ArvoExpressionError extends Error {
  /** Where the first mistake is. */
  readonly place: ExpressionPlace;

  constructor(message: string, place: ExpressionPlace = {}) {
    super(message);
    this.place = place;
  }
}

/**
 * An expression that failed on the values it was given. The text shows the expression, never a value.
 *
 * @example
 * ```ts
 * import { ArvoEvaluationError, ArvoExpression } from 'arvo';
 *
 * try {
 *   new ArvoExpression('context.totl + 1').evaluate({ context: { total: 1 } });
 * } catch (error) {
 *   (error as ArvoEvaluationError).place; // => { path: "", line: 1, column: 9 }
 *   (error as ArvoEvaluationError).overBudget; // => false
 * }
 * ```
 */
export class ArvoEvaluationError extends Error {
  /** Where it failed. */
  readonly place: ExpressionPlace;
  /** Whether a limit was exceeded, rather than a value unfit. */
  readonly overBudget: boolean;

  constructor(message: string, place: ExpressionPlace = {}, overBudget = false) {
    super(message);
    this.place = place;
    this.overBudget = overBudget;
  }
}

/**
 * A factory was given data, or an event around it, that its contract refuses.
 *
 * @example
 * ```ts
 * import { ArvoFactoryError, createArvoContract, createArvoEventFactory } from 'arvo';
 *
 * const contract = createArvoContract({
 *   uri: '#/orders/place',
 *   type: 'com.order.place',
 *   versions: { '1.0.0': { accepts: { type: 'object', properties: { item: { type: 'string' } }, required: ['item'] }, emits: {} } },
 * });
 * try {
 *   createArvoEventFactory(contract.version('1.0.0')).accepts({ source: 'com.shop.web', data: { item: 7 } });
 * } catch (error) {
 *   (error as ArvoFactoryError).issues.map(({ path }) => path); // => ["/item"]
 * }
 * ```
 */
export class ArvoFactoryError extends Error {
  /** Every problem of the data; empty when something else is wrong. */
  readonly issues: readonly Issue[];

  constructor(message: string, issues: readonly Issue[] = []) {
    super(message);
    this.issues = issues;
  }
}

/**
 * A subject that can't be made or read.
 *
 * @example
 * ```ts
 * import { ArvoOrchestrationSubject, ArvoSubjectError } from 'arvo';
 *
 * try {
 *   ArvoOrchestrationSubject.parse('no subject');
 * } catch (error) {
 *   error instanceof ArvoSubjectError; // => true
 * }
 * ```
 */
export class ArvoSubjectError extends Error {
  /** Every broken field, such as `execution.initiator`; empty when the text as a whole can't be read. */
  readonly broken: readonly string[];

  constructor(message: string, broken: readonly string[] = []) {
    super(message);
    this.broken = broken;
  }
}

/**
 * A chart failed by itself: a guard threw, a step does not end, a snapshot is another chart's, or the chart failed on
 * purpose (`fail`). `cause` is what a guard threw.
 *
 * @example
 * ```ts
 * import { ArvoChartError, compileChart } from 'arvo';
 *
 * const chart = compileChart({ initial: 'a', states: { a: { on: { go: 'b' } }, b: {} } });
 * try {
 *   chart.resume({ ...chart.start().snapshot, value: 'c' }, { type: 'go' });
 * } catch (error) {
 *   error instanceof ArvoChartError; // => true
 * }
 * ```
 */
export class ArvoChartError extends Error {}

/**
 * The addon was used out of turn: an execution was answered twice, late, or by its own callback. It shows a mistake
 * in a driver, never in a handler.
 */
export class ArvoDriverError extends Error {}
