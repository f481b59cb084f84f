// Types that the whole face shares: versions, event data, and what a schema's types are.

import type { ArvoEvent } from './event.js';

/** A version such as `1.0.0`. `0.0.0` is the wildcard, never a contract's own. */
export type ArvoSemanticVersion = `${number}.${number}.${number}`;

/** An event's data: a JSON object. */
export type ArvoEventData = Record<string, any>;

/** Custom extensions of an event: keys of lower-case letters and digits. */
export type CloudEventExtension = Record<string, string | number | boolean | null>;

/** The attributes that CloudEvents 1.0 defines. */
export type CloudEventContext = {
  id: string;
  source: string;
  specversion: string;
  type: string;
  subject: string;
  datacontenttype: string;
  dataschema: string | null;
  time: string;
};

/** The attributes that Arvo adds. */
export type ArvoExtension = {
  to: string | null;
  accesscontrol: string | null;
  redirectto: string | null;
  executionunits: number | null;
  parentid: string | null;
  domain: string | null;
};

/** The attributes of W3C trace context. */
export type OpenTelemetryExtension = {
  traceparent: string | null;
  tracestate: string | null;
};

/** How an event's id is made (SPEC §3). Nothing given: a fresh UUID. */
export type ArvoEventIdParam = {
  /** `DEVELOPER_MANAGED`: the trimmed value is the id. `ARVO_MANAGED`: a text that holds a fresh UUID and the value. */
  deduplication: 'DEVELOPER_MANAGED' | 'ARVO_MANAGED';
  /** A blank value counts as no id. */
  value: string;
};

/** What a managed id holds. */
export type ArvoEventIdObject = { uuid: string; value: string };

/** What an event is made of. Absent attributes take their defaults (SPEC §2). */
export type CreateArvoEvent<TData extends ArvoEventData = ArvoEventData, TType extends string = string> = {
  id?: ArvoEventIdParam;
  /** Date and time with offset; default now. */
  time?: string;
  source: string;
  specversion?: '1.0';
  type: TType;
  subject: string;
  datacontenttype?: string;
  dataschema?: string | null;
  data: TData;
  /** Who is to handle the event; default its type. */
  to?: string | null;
  accesscontrol?: string | null;
  redirectto?: string | null;
  executionunits?: number | null;
  traceparent?: string | null;
  tracestate?: string | null;
  parentid?: string | null;
  domain?: string | null;
};

/** An event as plain JSON, extensions beside the attributes. */
export type InferArvoEvent<TEvent extends ArvoEvent<any, any, any>> = CloudEventContext & {
  type: TEvent['type'];
  data: TEvent['data'];
} & ArvoExtension &
  OpenTelemetryExtension &
  TEvent['extensions'];

/** The data of a system error event. */
export type ArvoErrorType = { errorName: string; errorMessage: string; errorStack: string | null };

/** The trace headers of an execution. */
export type OpenTelemetryHeaders = { traceparent: string | null; tracestate: string | null };

/** One of a contract's types with the schema of its data. */
export type ArvoContractRecord<TType extends string = string, TSchema = any> = { type: TType; schema: TSchema };
