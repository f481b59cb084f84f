// How text crosses: what comes from the core is ASCII (one-byte strings cross faster), failures come as JSON after "!".

import {
  ArvoContractError,
  ArvoDriverError,
  ArvoEvaluationError,
  ArvoEventError,
  ArvoExpressionError,
  ArvoFactoryError,
  ArvoSubjectError,
  type BrokenAttribute,
  type ExpressionPlace,
  type Issue,
} from './error.js';
import { StoreError } from './store-error.js';
import { ArvoSuiteError } from './suite-types.js';

const ESCAPE = /\\(?:u([0-9a-f]{4})|.)/gs;

/** Text from the core back to what is sent or stored: escapes of non-ASCII characters become these characters. */
export const ascii = {
  undo(text: string): string {
    if (!text.includes('\\u')) return text;
    return text.replace(ESCAPE, (whole, hex: string | undefined) => {
      const unit = hex === undefined ? 0 : Number.parseInt(hex, 16);
      return unit > 0x7f ? String.fromCharCode(unit) : whole;
    });
  },
};

/** `JSON.stringify`, its failures as an error of ours. */
export function stringify(value: unknown, refused: (reason: string) => Error): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw Object.assign(refused(`can't be written as JSON: ${(cause as Error).message}; give plain data`), { cause });
  }
  if (text === undefined) throw refused(`is ${typeof value}, which JSON can't hold; give plain data`);
  return text;
}

// `JSON.stringify` escapes surrogates only where they are alone.
const LONE = /(?<!\\)(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/;

/** Text of an object that leaves for others: they refuse lone surrogates, so it is refused here. */
export function sendable(value: unknown, refused: (reason: string) => Error): string {
  const text = stringify(value, refused);
  if (text.includes('\\ud') && LONE.test(text)) throw refused(LONE_SURROGATE);
  return text;
}

const LONE_SURROGATE = "holds a lone surrogate, which UTF-8 can't hold; send complete characters";

/** Text that crosses undamaged: a lone surrogate has no UTF-8 form, and crossing would replace it silently. */
export function wellFormed(text: string, refused: (reason: string) => Error): string {
  if (text.isWellFormed()) return text;
  throw refused(LONE_SURROGATE);
}

type Failure = {
  kind: string;
  message: string;
  broken?: BrokenAttribute[] | string[];
  issues?: Issue[];
} & ExpressionPlace & { overBudget?: boolean; fatal?: boolean };

/** The error that a failed call of the addon stands for. */
export function failureOf(answer: string): Error {
  const { kind, message, broken, issues, overBudget, fatal, ...place }: Failure = JSON.parse(answer.slice(1));
  switch (kind) {
    case 'event':
      return new ArvoEventError(message, broken as BrokenAttribute[]);
    case 'contract':
      return new ArvoContractError(message);
    case 'factory':
      return new ArvoFactoryError(message, issues);
    case 'subject':
      return new ArvoSubjectError(message, broken as string[]);
    case 'expression':
      return new ArvoExpressionError(message, place);
    case 'evaluation':
      return new ArvoEvaluationError(message, place, overBudget);
    case 'store':
      return new StoreError(message, fatal);
    case 'suite':
      return new ArvoSuiteError(message);
    case 'worker':
      return new ArvoContractError(message);
    case 'driver':
      return new ArvoDriverError(message);
    default:
      return new Error(message);
  }
}

/** The answer of a call of the addon; a failure is thrown. */
export function answered(answer: string): string {
  if (answer.startsWith('!')) throw failureOf(answer);
  return answer;
}
