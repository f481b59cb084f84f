// What crosses of a recording: arrays with a letter in front (src/notes.rs), written on spans as they are read.

import type * as Api from '@opentelemetry/api';
import { native } from './native.js';

export type Time = [seconds: number, nanoseconds: number];
type Status = [code: 'OK' | 'ERROR', message?: string];
type Line = ['l', at: Time, severity: string, message: string];
type Happened = ['k', at: Time, name: string, attributes: Api.Attributes];
type Mark = Line | Happened;
/** What is said of an event: the prefix of the names, and their values. */
type Told = [prefix: string, ...values: Api.AttributeValue[]];
export type Child = [
  'c',
  name: string,
  started: Time,
  ended: Time,
  attributes: Api.Attributes,
  events: Told[],
  marks: Mark[],
  status: Status,
];
export type Note =
  | Mark
  | ['a', attributes: Api.Attributes, events: Told[]]
  | ['s', status: Status]
  | Child
  | ['m', metric: string, value: number, attributes: Api.Attributes]
  | ['e', at: Time];
export type Opening = [
  name: string,
  kind: 'INTERNAL' | 'CONSUMER' | 'PRODUCER',
  attributes: Api.Attributes,
  events: Told[],
  traceparent: string | null,
  tracestate: string | null,
  at: Time,
];

/** The names of an event's attributes, by their prefix; few are ever asked for. */
const names = new Map<string, string[]>();

function namesOf(prefix: string): string[] {
  let known = names.get(prefix);
  if (known === undefined) {
    const plain: string[] = JSON.parse(native.eventAttributes());
    known = plain.map((name) => prefix + name);
    if (names.size < 100) names.set(prefix, known);
  }
  return known;
}

/** Attributes, with what is said of events among them. */
export function attributesOf(attributes: Api.Attributes, events: Told[]): Api.Attributes {
  for (const told of events) {
    const known = namesOf(told[0]);
    for (let at = 0; at < known.length; at += 1) attributes[known[at] as string] = told[at + 1] as Api.AttributeValue;
  }
  return attributes;
}

/** Writes on a span what belongs to it alone. */
export function write(api: typeof Api, span: Api.Span, note: Note): void {
  switch (note[0]) {
    case 'l':
      span.addEvent('log', { 'log.severity': note[2], 'log.message': note[3] }, note[1]);
      break;
    case 'k':
      span.addEvent(note[2], note[3], note[1]);
      break;
    case 'a':
      span.setAttributes(attributesOf(note[1], note[2]));
      break;
    case 's':
      span.setStatus(statusOf(api, note[1]));
      break;
  }
}

function statusOf(api: typeof Api, [code, message]: Status): Api.SpanStatus {
  return message === undefined ? { code: api.SpanStatusCode[code] } : { code: api.SpanStatusCode[code], message };
}
