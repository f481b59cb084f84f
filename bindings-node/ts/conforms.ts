// Does a handler keep its contract? The core makes random data and judges, this file runs the handler on it.

import { servedOf } from './delivery.js';
import { ArvoEvent } from './event.js';
import { CALLED, isOfCore } from './execution.js';
import type { ExecuteOptions, IArvoEventHandler } from './handler-types.js';
import { native } from './native.js';
import { thrownOf } from './suite.js';
import { ArvoSuiteError } from './suite-types.js';
import { answered, failureOf, stringify } from './text.js';

/** How much is tried. */
export type ConformsOptions = {
  /** The same seed tries the same; a text that is no number is as good. Left out, that of the environment variable `ARVO_SEED`, else a fresh one. */
  seed?: number | bigint | string;
  /** Inputs that fit the contract, for each version; 100. */
  valid?: number;
  /** Inputs that do not, for each version; 50. */
  invalid?: number;
};

/** How a handler breaks its contract. */
export type Breach = {
  /** Type of event that the contract accepts, and the version. */
  type: string;
  version: string;
  /** Replays the same inputs. */
  seed: string;
  /** The case that failed first, from 1. */
  case: number;
  /** The smallest data that fails in the same way. */
  input: unknown;
  /** How often smaller data was found. */
  shrunk: number;
  /** What is wrong: what it led to. */
  wrong: { violated: object } | { accepted: string[] } | { reached: number } | { otherwise: object };
};

/** A contract that its handler does not keep; the text is the report. */
export class ArvoConformsError extends Error {
  /** @param breach what was found, unless no data could be made. */
  constructor(
    report: string,
    readonly breach?: Breach,
  ) {
    super(report);
  }
}

/** What the core says. */
type Next = {
  execute?: { event: object };
  kept?: { valid: number; invalid: number };
  broken?: Breach & { report: string };
  unknown?: { report: string };
};

/**
 * Checks by random data that a handler or workflow keeps its contract: input that fits ends without a violation, but for
 * those that user code throws itself; input that does not is refused with a {@link ContractViolation} before user code
 * runs. Gives how many inputs were tried.
 *
 * @throws {ArvoConformsError} with the smallest input that breaks a rule, and the seed that finds it again; or no data can
 * be made for a schema.
 * @throws {ArvoSuiteError} the handler is none of this package's.
 *
 * @example
 * ```ts
 * import { ArvoConformsError, conforms, createArvoEventHandler, createSimpleArvoContract } from 'arvo';
 *
 * const number = (name: string, more = {}) => ({ type: 'object', properties: { [name]: { type: 'integer', ...more } }, required: [name] });
 * const contract = createSimpleArvoContract({
 *   uri: '#/half',
 *   type: 'half.number',
 *   versions: { '1.0.0': { accepts: number('n', { maximum: 1000 }), emits: number('half') } },
 * });
 * const handler = createArvoEventHandler({
 *   contract,
 *   handler: { '1.0.0': ({ event }: any) => ({ type: 'evt.half.number.success', data: { half: event.data.n / 2 } }) as any },
 * });
 * try {
 *   await conforms(handler, { seed: 1 });
 * } catch (error) {
 *   (error as ArvoConformsError).breach?.input; // => { n: 1 }
 * }
 * ```
 */
export async function conforms(
  handler: IArvoEventHandler,
  { seed = process.env.ARVO_SEED || undefined, valid, invalid }: ConformsOptions = {},
): Promise<{ valid: number; invalid: number }> {
  const known = handler && servedOf(handler);
  if (known === undefined)
    throw new ArvoSuiteError(
      'conforms takes handlers, resumables and orchestrators of this package, whose execute is their own',
    );
  const param = stringify(
    { seed: seed?.toString(), valid, invalid },
    (reason) => new ArvoSuiteError(`an option ${reason}`),
  );
  const check = native.beginConforms(known.served, param);
  if (typeof check === 'string') throw failureOf(check);
  for (;;) {
    const { execute, kept, broken, unknown }: Next = JSON.parse(check.next());
    if (kept !== undefined) {
      if (kept.valid + kept.invalid === 0) throw new ArvoConformsError('nothing was tried');
      return kept;
    }
    if (broken !== undefined) {
      const { report, ...breach } = broken;
      throw new ArvoConformsError(report, breach);
    }
    if (unknown !== undefined) throw new ArvoConformsError(unknown.report);
    const event = ArvoEvent.parse(JSON.stringify(execute?.event));
    answered(check.answer(JSON.stringify(await outcomeOf(handler, event))));
  }
}

/** What came of an event, and how often user code was called. */
async function outcomeOf(handler: IArvoEventHandler, event: ArvoEvent<any, any, any>): Promise<object> {
  let calls = 0;
  const options: ExecuteOptions & { [CALLED]: () => void } = {
    [CALLED]: () => {
      calls += 1;
    },
  };
  try {
    const { events } = await handler.execute(event, options);
    return { emitted: events.map(({ type }) => type), calls };
  } catch (thrown) {
    return { [isOfCore(thrown) ? 'violated' : 'raised']: thrownOf(thrown), calls };
  }
}
