// A whole conversation, for the test that telemetry which is off does nothing.

import assert from 'node:assert/strict';
import * as arvo from '../dist/index.js';
import { adder, flowOf, init } from './flow.mjs';
import { orchestratorOf } from './machines.mjs';

export async function resolveFlow() {
  const { resolve } = arvo.createSimpleEventBroker([adder, flowOf()]);
  const answer = await resolve(init());
  assert.deepEqual([answer.data, answer.traceparent], [{ total: 3 }, null]);
  assert.equal((await orchestratorOf().execute(init())).events.length, 1);
  arvo.logToSpan({ level: 'INFO', message: 'm' });
  arvo.exceptionToSpan(new Error('m'));
  assert.deepEqual(arvo.currentOpenTelemetryHeaders(), { traceparent: null, tracestate: null });
  assert.equal(arvo.ArvoOpenTelemetry.getInstance().startActiveSpan({ name: 'n', fn: () => 1 }), 1);
}
