// The same for telemetry and for test suites.

import { beforeEach, describe, test } from 'node:test';
import { type Span, trace } from '@opentelemetry/api';
import {
  type ArvoEvent,
  ArvoOpenTelemetry,
  type ArvoTestCase,
  type ArvoTestStep,
  conforms,
  createArvoEvent,
  createArvoEventHandler,
  createSimpleArvoContract,
  type currentOpenTelemetryHeaders,
  getOtelHeaderFromSpan,
  logToSpan,
  type OpenTelemetryHeaders,
  runArvoTestSuites,
  testSuiteFromJson,
} from 'arvo';

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_T extends true>() => undefined;

const contract = createSimpleArvoContract({
  uri: '#/svc/echo',
  type: 'echo',
  versions: { '1.0.0': { accepts: { type: 'object' }, emits: { type: 'object' } } },
});
const event: ArvoEvent<any, any, any> = createArvoEvent({ source: 'a', type: 'com.echo', subject: 's', data: {} });
const own = {
  spanName: ({ consumedEvent }: { consumedEvent: ArvoEvent<any, any, any> }) => consumedEvent.type,
  attributes: { team: 'echoes', shift: 2, night: true },
};
const handler = createArvoEventHandler({ contract, spanOptions: own, handler: { '1.0.0': () => {} } });
createArvoEventHandler({
  contract,
  // @ts-expect-error an attribute is a text, a number or a boolean
  spanOptions: { attributes: { team: {} } },
  handler: { '1.0.0': () => {} },
});
void handler.execute(event, { inheritFrom: 'CONTEXT' });
// @ts-expect-error there is no such parent
void handler.execute(event, { inheritFrom: 'NOBODY' });

same<Same<ReturnType<typeof currentOpenTelemetryHeaders>, OpenTelemetryHeaders>>();
logToSpan({ level: 'INFO', message: 'm', more: 'of it' }, trace.getActiveSpan());
// @ts-expect-error there is no such level
logToSpan({ level: 'LOUD', message: 'm' });
const telemetry = ArvoOpenTelemetry.getInstance();
const total = telemetry.startActiveSpan({ name: 'add up', fn: (span: Span) => getOtelHeaderFromSpan(span) && 3 });
same<Same<typeof total, number>>();

const step: ArvoTestStep = {
  input: (previous) => previous?.[0] ?? event,
  expectedError: (error) => error.name === 'E',
};
const [fn, name] = [async (event: ArvoEvent<any, any, any>) => ({ events: [event] }), 'Echo'];
runArvoTestSuites(
  [
    { config: [{ handler }, { name, fn }], cases: [{ name, steps: [step] }], before: () => {} },
    testSuiteFromJson('{}', { handlers: [handler], functions: { echo: fn } }),
  ],
  { describe, test, beforeEach },
);
// @ts-expect-error a step has one expectation
export const both: ArvoTestStep = { input: () => event, expectedEvents: () => true, expectedError: () => true };
// @ts-expect-error a case has at least one step
export const empty: ArvoTestCase = { name, steps: [] };
// @ts-expect-error a handler or a function, not both
runArvoTestSuites([{ config: { handler, fn }, cases: [] }]);
const tried = conforms(handler, { seed: 1n, valid: 10 });
same<Same<typeof tried, Promise<{ valid: number; invalid: number }>>>();
