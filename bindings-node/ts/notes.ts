// What crosses of a recording: one flat array, read from front to back (src/notes.rs). Texts and lists of names that come
// again and again cross once in a process, and are numbers from then on (src/known.rs).

import type * as Api from '@opentelemetry/api';
import { native } from './native.js';

export type Time = [seconds: number, nanoseconds: number];

/** Something that happened in a span. */
export type Mark = { at: Time; name: string; attributes: Api.Attributes };

/** How a span ended: what failed, if something did. */
export type Status = { failure?: string };

/** A span inside an execution's that is over. */
export type Child = {
  name: string;
  started: Time;
  ended: Time;
  attributes: Api.Attributes;
  marks: Mark[];
  status: Status;
};

/** How a span begins. */
export type Opening = {
  name: string;
  kind: 'INTERNAL' | 'CONSUMER' | 'PRODUCER';
  attributes: Api.Attributes;
  traceparent: string;
  tracestate: string;
  at?: Time;
};

/** Who takes notes: of a line or an error that user code records there are marks and attributes alone. */
export type Notebook = {
  mark(mark: Mark): unknown;
  attribute(name: string, value: Api.AttributeValue): unknown;
  status?(status: Status): unknown;
  child?(child: Child): unknown;
  measure?(metric: string, value: number, attributes: Api.Attributes): unknown;
  end?(at: Time): unknown;
};

const [MARK, ATTRIBUTES, STATUS, CHILD, MEASURE] = [0, 1, 2, 3, 4];
/** In the place of a number: what follows is not known by number. */
const WHOLE = -1;
const SECOND = 1_000_000_000;
/** So many members an object of V8's gets one by one before it becomes a hash table. */
const FEW = 8;

/** Attributes of these names, to be copied and filled in where they are many. */
type Shape = { names: string[]; blank: Api.Attributes };

const texts: string[] = [];
const shapes: Shape[] = [];

function knownText(number: number): string {
  if (number >= texts.length) texts.push(...JSON.parse(native.knownTexts(texts.length)));
  return texts[number] as string;
}

function knownShape(number: number): Shape {
  if (number >= shapes.length) {
    const added: string[][] = JSON.parse(native.knownShapes(shapes.length));
    // Parsed: added one by one, many members would make it a hash table, and its copies too.
    const blankOf = (names: string[]) => JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:""`).join()}}`);
    shapes.push(...added.map((names) => ({ names, blank: blankOf(names) })));
  }
  return shapes[number] as Shape;
}

/** What was told, from front to back. */
class Told {
  readonly #items: any[];
  #at = 0;
  /** The last time. */
  #seconds: number | undefined;
  #nanoseconds = 0;

  constructor(text: string) {
    this.#items = JSON.parse(text);
  }

  get isOver(): boolean {
    return this.#at >= this.#items.length;
  }

  next(): any {
    return this.#items[this.#at++];
  }

  text(): string {
    const item = this.next();
    return typeof item === 'number' ? knownText(item) : item;
  }

  time(): Time {
    if (this.#seconds === undefined) {
      this.#seconds = this.next() as number;
      this.#nanoseconds = this.next();
    } else {
      const nanoseconds = this.#nanoseconds + this.next();
      const seconds = Math.floor(nanoseconds / SECOND);
      this.#seconds += seconds;
      this.#nanoseconds = nanoseconds - seconds * SECOND;
    }
    return [this.#seconds, this.#nanoseconds];
  }

  attributes(): Api.Attributes {
    const number: number = this.#items[this.#at];
    const shape = number === WHOLE ? undefined : knownShape(number);
    const attributes: Api.Attributes = shape === undefined || shape.names.length <= FEW ? {} : { ...shape.blank };
    this.eachAttribute((name, value) => {
      attributes[name] = value;
    });
    return attributes;
  }

  /** Attributes one by one: a span copies them anyway. */
  eachAttribute(take: (name: string, value: Api.AttributeValue) => void): void {
    const number = this.next();
    if (number === WHOLE) for (let left = this.next(); left > 0; left -= 1) take(this.text(), this.#value());
    else for (const name of knownShape(number).names) take(name, this.#value());
  }

  mark(): Mark {
    return { at: this.time(), name: this.text(), attributes: this.attributes() };
  }

  status(): Status {
    return this.next() === 0 ? {} : { failure: this.next() };
  }

  child(): Child {
    const [name, started, ended, attributes] = [this.text(), this.time(), this.time(), this.attributes()];
    const marks: Mark[] = [];
    for (let left = this.next(); left > 0; left -= 1) marks.push(this.mark());
    return { name, started, ended, attributes, marks, status: this.status() };
  }

  #value(): Api.AttributeValue {
    const item = this.next();
    if (typeof item !== 'number') return item;
    return item === WHOLE ? this.next() : knownText(item);
  }
}

/** Reads how a span begins. */
export function openingOf(text: string): Opening {
  const told = new Told(text);
  const [name, kind, attributes] = [told.text(), told.text() as Opening['kind'], told.attributes()];
  return { name, kind, attributes, traceparent: told.next(), tracestate: told.next(), at: told.time() };
}

/** Reads notes, for whoever takes them. */
export function readNotes(text: string, notebook: Notebook): void {
  const told = new Told(text);
  while (!told.isOver) {
    switch (told.next()) {
      case MARK:
        notebook.mark(told.mark());
        break;
      case ATTRIBUTES:
        told.eachAttribute((name, value) => void notebook.attribute(name, value));
        break;
      case STATUS:
        notebook.status?.(told.status());
        break;
      case CHILD:
        notebook.child?.(told.child());
        break;
      case MEASURE:
        notebook.measure?.(told.text(), told.next(), told.attributes());
        break;
      default:
        notebook.end?.(told.time());
    }
  }
}

/** Writes on a span what happened in it. */
export function markOn(span: Api.Span, { name, attributes, at }: Mark): void {
  span.addEvent(name, attributes, at);
}

/** Writes on a span how it ended. */
export function statusOn(api: typeof Api, span: Api.Span, { failure }: Status): void {
  const { OK, ERROR } = api.SpanStatusCode;
  span.setStatus(failure === undefined ? { code: OK } : { code: ERROR, message: failure });
}
