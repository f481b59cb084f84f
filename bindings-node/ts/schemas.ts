// The Zod schemas that the reference exports, for services that build on them. What they check is asked of the core: a
// value is put into an example that is otherwise good, and refused for the reason that the core gives.

import { z } from 'zod';
import type { ArvoEventError, ArvoSubjectError } from './error.js';
import { native } from './native.js';
import { failureOf } from './text.js';
import type { ArvoSemanticVersion } from './types.js';

/** Types that Zod 3 and Zod 4 both have: what is inferred from the calls would be those of one of them alone. */
type Text = z.ZodType<string>;
type Nullable<T = string> = z.ZodType<T | null>;

/** Refuses what the core refuses. */
function judged(reasonFor: (value: unknown) => string | undefined) {
  return (value: unknown, context: z.RefinementCtx): void => {
    const reason = reasonFor(value);
    if (reason !== undefined) context.addIssue({ code: 'custom', message: reason });
  };
}

/**
 * The schema of a system error event's data.
 *
 * @example
 * ```ts
 * import { ArvoErrorSchema } from 'arvo';
 *
 * ArvoErrorSchema.safeParse({ errorName: 'Error', errorMessage: 'no', errorStack: null }).success; // => true
 * ```
 */
export const ArvoErrorSchema: z.ZodObject<{ errorName: Text; errorMessage: Text; errorStack: Nullable }> = z.object({
  errorName: z.string(),
  errorMessage: z.string(),
  errorStack: z.string().nullable(),
});

/**
 * The schema of a version.
 *
 * @example
 * ```ts
 * import { ArvoSemanticVersionSchema } from 'arvo';
 *
 * ArvoSemanticVersionSchema.safeParse('1.2').success; // => false
 * ```
 */
export const ArvoSemanticVersionSchema: z.ZodType<ArvoSemanticVersion> = z
  .string()
  .refine(
    (text): text is ArvoSemanticVersion => native.isVersion(text),
    'Invalid version format of the semantic version',
  ) as z.ZodType<any>;

/** The schema of what a managed event id holds. */
export const ArvoEventIdObjectSchema: z.ZodObject<{ uuid: Text; value: Text }> = z.object({
  uuid: z.string(),
  value: z.string(),
});

const EVENT = {
  id: 'an id',
  source: 'a.b.c',
  specversion: '1.0',
  type: 'a.b.c',
  subject: 'a.b.c',
  datacontenttype: 'application/json',
  dataschema: null,
  data: {},
  time: '2000-01-01T00:00:00Z',
  to: null,
  accesscontrol: null,
  redirectto: null,
  executionunits: null,
  traceparent: null,
  tracestate: null,
  parentid: null,
  domain: null,
};

/** Why an event may not have this attribute, or extension. */
function eventReason(attribute: string, value: unknown): string | undefined {
  const answer = native.parseEvent(JSON.stringify({ ...EVENT, [attribute]: value }), false);
  if (!answer.startsWith('!')) return undefined;
  const { message, broken } = failureOf(answer) as ArvoEventError;
  return broken.find((each) => each.attribute === attribute)?.reason ?? message;
}

const text = (attribute: string) => z.string().superRefine(judged((value) => eventReason(attribute, value)));
const nullable = (attribute: string) => text(attribute).nullable();

/**
 * The schemas of an event's parts.
 *
 * @example
 * ```ts
 * import { ArvoEventSchema } from 'arvo';
 *
 * ArvoEventSchema.ArvoExtensionSchema.shape.domain.safeParse('Human Review').success; // => false
 * ```
 */
export const ArvoEventSchema: {
  CloudEventContextSchema: z.ZodObject<{
    id: Text;
    time: Text;
    source: Text;
    specversion: Text;
    type: Text;
    subject: Text;
    datacontenttype: z.ZodDefault<Text>;
    dataschema: Nullable;
  }>;
  CloudEventExtensionSchema: z.ZodType<Record<string, string | boolean | number | null>>;
  ArvoDataSchema: z.ZodType<Record<string, any>>;
  ArvoExtensionSchema: z.ZodObject<{
    to: Nullable;
    accesscontrol: Nullable;
    redirectto: Nullable;
    executionunits: Nullable<number>;
    parentid: Nullable;
    domain: Nullable;
  }>;
  OpenTelemetryExtensionSchema: z.ZodObject<{ traceparent: Nullable; tracestate: Nullable }>;
  OrchestrationInitEventBaseSchema: z.ZodObject<{ parentSubject$$: Nullable }>;
} = {
  CloudEventContextSchema: z.object({
    id: text('id'),
    time: text('time'),
    source: text('source'),
    specversion: text('specversion'),
    type: text('type'),
    subject: text('subject'),
    datacontenttype: text('datacontenttype').default('application/cloudevents+json;charset=UTF-8;profile=arvo'),
    dataschema: nullable('dataschema'),
  }),
  CloudEventExtensionSchema: z
    .record(z.string(), z.union([z.string(), z.boolean(), z.number(), z.null()]))
    .superRefine((extensions, context) => {
      for (const [key, value] of Object.entries(extensions)) {
        const message = eventReason(key, value);
        if (message !== undefined) context.addIssue({ code: 'custom', message, path: [key] });
      }
    }),
  ArvoDataSchema: z.record(z.string(), z.any()),
  ArvoExtensionSchema: z.object({
    to: nullable('to'),
    accesscontrol: nullable('accesscontrol'),
    redirectto: nullable('redirectto'),
    executionunits: z.number().finite().nullable(),
    parentid: nullable('parentid'),
    domain: nullable('domain'),
  }),
  OpenTelemetryExtensionSchema: z.object({ traceparent: nullable('traceparent'), tracestate: nullable('tracestate') }),
  OrchestrationInitEventBaseSchema: z.object({ parentSubject$$: z.string().min(1).nullable() }),
};

/** Why a subject may not have this field. */
function subjectReason(part: 'orchestrator' | 'execution', field: string, value: unknown): string | undefined {
  const content: Record<string, Record<string, unknown>> = {
    orchestrator: { name: 'a.b.c', version: '1.0.0' },
    execution: { id: 'an id', initiator: 'a.b.c', domain: null },
    meta: {},
  };
  content[part] = { ...content[part], [field]: value };
  const answer = native.createSubject(JSON.stringify(content));
  return answer.startsWith('!') ? (failureOf(answer) as ArvoSubjectError).message : undefined;
}

const field = (part: 'orchestrator' | 'execution', name: string) =>
  z.string().superRefine(judged((value) => subjectReason(part, name, value)));

/**
 * The schema of what a subject holds.
 *
 * @example
 * ```ts
 * import { ArvoOrchestrationSubjectContentSchema } from 'arvo';
 *
 * ArvoOrchestrationSubjectContentSchema.shape.execution.shape.id.safeParse('a;b').success; // => false
 * ```
 */
export const ArvoOrchestrationSubjectContentSchema: z.ZodObject<{
  orchestrator: z.ZodObject<{ name: Text; version: Text }>;
  execution: z.ZodObject<{ id: Text; initiator: Text; domain: Nullable }>;
  meta: z.ZodType<Record<string, string>>;
}> = z.object({
  orchestrator: z.object({ name: field('orchestrator', 'name'), version: field('orchestrator', 'version') }),
  execution: z.object({
    id: field('execution', 'id'),
    initiator: field('execution', 'initiator'),
    domain: field('execution', 'domain').nullable(),
  }),
  meta: z.record(z.string(), z.string()),
});

/** Why a contract may not have this part. */
function contractReason(name: 'uri' | 'type' | 'domain', value: unknown): string | undefined {
  const versions = [{ version: '1.0.0', accepts: { schema: {} }, emits: [] }];
  const contract = { kind: 'plain', uri: '#/', type: 'a.b.c', versions, [name]: value };
  const answer = native.buildContract(JSON.stringify(contract));
  return typeof answer === 'string' ? failureOf(answer).message : undefined;
}

const part = (name: 'uri' | 'type' | 'domain') =>
  z.string().superRefine(judged((value) => contractReason(name, value)));

/**
 * The rules of a contract's parts, one by one.
 *
 * @example
 * ```ts
 * import { ArvoContractValidators } from 'arvo';
 *
 * ArvoContractValidators.contract.uri.safeParse('a b').error?.issues[0]?.message; // => "The URI must a valid URI string"
 * ArvoContractValidators.record.type.safeParse('com.order.place').success; // => true
 * ```
 */
export const ArvoContractValidators: {
  contract: { uri: Text; domain: Nullable };
  record: { type: Text };
} = {
  contract: { uri: part('uri'), domain: part('domain').nullable() },
  record: { type: part('type') },
};
