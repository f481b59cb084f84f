// Events: a plain JavaScript class over the JSON text that the core made (SPEC §2). Nothing is parsed until it is read.

import { inspect } from 'node:util';
import { ArvoEventError } from './error.js';
import { native } from './native.js';
import { recordingOfMaking } from './recording.js';
import { answered, ascii, sendable, stringify, wellFormed } from './text.js';
import type {
  ArvoEventData,
  ArvoExtension,
  CloudEventContext,
  CloudEventExtension,
  CreateArvoEvent,
  InferArvoEvent,
  OpenTelemetryExtension,
} from './types.js';

/** The content type of Arvo's own events. */
export const ArvoDataContentType = 'application/cloudevents+json;charset=UTF-8;profile=arvo';

/** What stands for null in the attributes of telemetry. */
export const OTelNull = 'N/A';

const CONTEXT = [
  'id',
  'source',
  'specversion',
  'type',
  'subject',
  'datacontenttype',
  'dataschema',
  'data',
  'time',
] as const;
const ARVO = [
  'to',
  'accesscontrol',
  'redirectto',
  'executionunits',
  'traceparent',
  'tracestate',
  'parentid',
  'domain',
] as const;
const ATTRIBUTES: ReadonlySet<string> = new Set([...CONTEXT, ...ARVO]);

// The core writes attributes in one order, and quotes inside texts are escaped: so these mark the data's place.
const BEFORE_DATA = ',"data":';
const AFTER_DATA = ',"time":"';

/** How this package makes events of text that the core has checked; `held` takes the place of the data in it. */
class Checked {
  constructor(
    readonly text: string,
    readonly held: ArvoEventData | null = null,
  ) {}
}

// What the rest of this package may see of an event; set inside the class, where its private fields can be seen.
let ofChecked: (checked: Checked) => ArvoEvent<any, any, any>;
/** The whole event as text, non-ASCII escaped. */
export let textOf: (event: ArvoEvent<any, any, any>) => string;
/** The event as text, with `{}` in place of its data. */
export let envelopeOf: (event: ArvoEvent<any, any, any>) => string;
/** The event as one object with frozen data, made once, for reading alone. */
export let plainOf: (event: ArvoEvent<any, any, any>) => InferArvoEvent<ArvoEvent<any, any, any>>;

/**
 * An immutable event: a CloudEvents 1.0 envelope with Arvo's attributes around JSON data.
 *
 * Its data is parsed when it is first read and frozen one level deep. Make one with {@link createArvoEvent} or a
 * factory of a contract; read one with {@link ArvoEvent.parse}.
 *
 * @example
 * ```ts
 * import { ArvoEvent, createArvoEvent } from 'arvo';
 *
 * const event = createArvoEvent({ source: 'com.shop.web', type: 'com.order.place', subject: 'order/1', data: { item: 'tea' } });
 * event.to; // => "com.order.place"
 * event.data; // => { item: "tea" }
 * const again = ArvoEvent.parse(event.toString());
 * again.id === event.id; // => true
 * ```
 */
export class ArvoEvent<
  TData extends ArvoEventData = ArvoEventData,
  TExtension extends CloudEventExtension = CloudEventExtension,
  TType extends string = string,
> {
  // Its text, and its data where that is an object that a host schema gave. Own fields: so that `deepStrictEqual` and
  // `toEqual` compare events by content.
  private readonly _text: string;
  private readonly _held: TData | null;
  #json: InferArvoEvent<ArvoEvent<TData, TExtension, TType>> | undefined;
  #parsed: TData | undefined;

  /**
   * Reads an event from its parts, as the reference's constructor does: nothing is encoded, nothing but
   * `datacontenttype` is defaulted.
   *
   * @throws {ArvoEventError} names every broken attribute.
   */
  constructor(
    context: CloudEventContext & ArvoExtension & OpenTelemetryExtension,
    data: TData,
    extensions?: TExtension,
  );
  constructor(
    context: (CloudEventContext & ArvoExtension & OpenTelemetryExtension) | Checked,
    data?: TData,
    extensions?: TExtension,
  ) {
    const checked = context instanceof Checked ? context : read(joined(context, data, extensions));
    this._text = checked.text;
    this._held = checked.held as TData | null;
    Object.freeze(this);
  }

  /**
   * Reads an event from JSON text, or its UTF-8 bytes.
   *
   * @throws {ArvoEventError} names every broken attribute; without any when the text is no JSON object, or too large.
   *
   * @example
   * ```ts
   * import { ArvoEvent, ArvoEventError } from 'arvo';
   *
   * try {
   *   ArvoEvent.parse('{"id": ""}');
   * } catch (error) {
   *   (error as ArvoEventError).broken.length > 5; // => true
   * }
   * ```
   */
  static parse(text: string | Uint8Array): ArvoEvent {
    return ofChecked(read(typeof text === 'string' ? wellFormed(text, refused) : utf8(text)));
  }

  /**
   * Reads a CloudEvent of another origin: Arvo's own attributes may be missing and are null then.
   *
   * @throws {ArvoEventError} as {@link ArvoEvent.parse}.
   *
   * @example
   * ```ts
   * import { ArvoEvent } from 'arvo';
   *
   * const seen = { id: '1', source: '/sensors', specversion: '1.0', type: 'io.cloud.seen', subject: 's1', time: '2026-01-31T12:00:00Z', data: {} };
   * ArvoEvent.parseLenient(JSON.stringify(seen)).domain; // => null
   * ```
   */
  static parseLenient(text: string | Uint8Array): ArvoEvent {
    return ofChecked(read(typeof text === 'string' ? wellFormed(text, refused) : utf8(text), true));
  }

  get #read(): InferArvoEvent<ArvoEvent<TData, TExtension, TType>> {
    if (this.#json === undefined) {
      const data = this._held ?? this.#parsed;
      const json = JSON.parse(data === undefined || this._held !== null ? this._text : withData(this._text, 'null'));
      if (data !== undefined) json.data = data;
      Object.freeze(json.data);
      this.#json = json;
    }
    return this.#json as InferArvoEvent<ArvoEvent<TData, TExtension, TType>>;
  }

  /** Equal ids of one source are one event. */
  get id(): string {
    return this.#read.id;
  }
  /** Who made it, a URI. */
  get source(): string {
    return this.#read.source;
  }
  /** The version of CloudEvents, `1.0`. */
  get specversion(): string {
    return this.#read.specversion;
  }
  /** What it says, such as `com.order.placed`. */
  get type(): TType {
    return this.#read.type;
  }
  /** The workflow it belongs to, a URI. */
  get subject(): string {
    return this.#read.subject;
  }
  /** The format of the data. */
  get datacontenttype(): string {
    return this.#read.datacontenttype;
  }
  /** Contract and version that the data follows, `{uri}/{version}`. */
  get dataschema(): string | null {
    return this.#read.dataschema;
  }
  /** What it carries; frozen one level deep. */
  get data(): TData {
    if (this.#json !== undefined) return this.#json.data;
    if (this._held !== null) return this._held;
    this.#parsed ??= Object.freeze(JSON.parse(this._text.slice(...placeOfData(this._text))) as TData);
    return this.#parsed;
  }
  /** When it was made, with an offset. */
  get time(): string {
    return this.#read.time;
  }
  /** Who shall get it. */
  get to(): string | null {
    return this.#read.to;
  }
  /** Who may see it, in words of the application's own. */
  get accesscontrol(): string | null {
    return this.#read.accesscontrol;
  }
  /** Who shall get the answers. */
  get redirectto(): string | null {
    return this.#read.redirectto;
  }
  /** What handling cost, in units of the application's own. */
  get executionunits(): number | null {
    return this.#read.executionunits;
  }
  /** The W3C trace header `traceparent`. */
  get traceparent(): string | null {
    return this.#read.traceparent;
  }
  /** The W3C trace header `tracestate`. */
  get tracestate(): string | null {
    return this.#read.tracestate;
  }
  /** Id of the event that caused it. */
  get parentid(): string | null {
    return this.#read.parentid;
  }
  /** The processing context that it leaves the local flow for. */
  get domain(): string | null {
    return this.#read.domain;
  }

  /** Its custom extensions. */
  get extensions(): TExtension {
    return Object.fromEntries(Object.entries(this.#read).filter(([key]) => !ATTRIBUTES.has(key))) as TExtension;
  }

  /** The same event in two halves, as CloudEvents cuts it: attributes, and extensions. */
  get cloudevent(): {
    default: CloudEventContext & { type: TType; data: TData };
    extensions: TExtension & ArvoExtension & OpenTelemetryExtension;
  } {
    const json = this.#read as Record<string, unknown>;
    const pick = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, json[key]]));
    return {
      default: pick(CONTEXT) as CloudEventContext & { type: TType; data: TData },
      extensions: { ...this.extensions, ...(pick(ARVO) as ArvoExtension & OpenTelemetryExtension) },
    };
  }

  /** Its attributes by the names of telemetry; a null is written `N/A`. */
  get otelAttributes(): Record<string, string | number> {
    return JSON.parse(native.otelAttributes(this.#envelope()));
  }

  /**
   * A fresh copy as plain JSON.
   *
   * @example
   * ```ts
   * import { createArvoEvent } from 'arvo';
   *
   * const event = createArvoEvent({ source: 'com.shop.web', type: 'com.order.place', subject: 'order/1', data: { item: 'tea' } });
   * event.toJSON().data === event.toJSON().data; // => false
   * ```
   */
  toJSON(): InferArvoEvent<ArvoEvent<TData, TExtension, TType>> {
    return JSON.parse(this.#text());
  }

  /**
   * Its JSON text, `spacing` blanks a level (default 0), as `JSON.stringify` writes it.
   *
   * @example
   * ```ts
   * import { createArvoEvent } from 'arvo';
   *
   * const event = createArvoEvent({ source: 'com.shop.web', type: 'com.order.place', subject: 'order/1', data: {} });
   * event.toString() === JSON.stringify(event); // => true
   * ```
   */
  toString(spacing = 0): string {
    return spacing > 0 ? JSON.stringify(this.toJSON(), null, spacing) : ascii.undo(this.#text());
  }

  static {
    // What `console.log` shows. No member in its declaration: programs without Node's types could not read that.
    const show = function (this: ArvoEvent<any, any, any>, _depth: number, options: object): string {
      return `ArvoEvent ${inspect(this.#read, options)}`;
    };
    Object.defineProperty(ArvoEvent.prototype, inspect.custom, { value: show });
  }

  #text(): string {
    return this._held === null ? this._text : withData(this._text, sendable(this._held, refused));
  }

  #envelope(): string {
    return this._held === null ? withData(this._text, '{}') : this._text;
  }

  static {
    ofChecked = (checked) => new ArvoEvent(checked as never, undefined as never);
    textOf = (event) => known(event).#text();
    envelopeOf = (event) => known(event).#envelope();
    plainOf = (event) => event.#read;
  }
}

/**
 * The event as one object for user code: frozen, or a copy that has other data. It is frozen only now: a frozen object is
 * slow to copy.
 */
export function givenOf(event: ArvoEvent<any, any, any>, data?: unknown): InferArvoEvent<ArvoEvent<any, any, any>> {
  const plain = plainOf(event);
  return data === undefined ? Object.freeze(plain) : { ...plain, data: data as ArvoEventData };
}

function known(event: ArvoEvent<any, any, any>): ArvoEvent<any, any, any> {
  if (event instanceof ArvoEvent) return event;
  throw new ArvoEventError('this is no event of this package; make one with createArvoEvent, or ArvoEvent.parse');
}

/** An event of text that the core wrote; `held` takes the place of the data in it, and is frozen. */
export function eventOf(text: string, held?: ArvoEventData): ArvoEvent<any, any, any> {
  return ofChecked(new Checked(text, held === undefined ? null : Object.freeze(held)));
}

/** Where the data stands in the text of an event: from, to. */
function placeOfData(text: string): [number, number] {
  return [text.indexOf(BEFORE_DATA) + BEFORE_DATA.length, text.lastIndexOf(AFTER_DATA)];
}

function withData(text: string, data: string): string {
  const [from, to] = placeOfData(text);
  return text.slice(0, from) + data + text.slice(to);
}

function read(text: string, lenient = false): Checked {
  const made = answered(native.parseEvent(text, lenient));
  return new Checked(made === '' ? text : made);
}

/** The parts of an event as one text; an extension named like an attribute would be lost in it. */
function joined(context: object, data: unknown, extensions: object = {}): string {
  const attribute = Object.keys(extensions).find((key) => ATTRIBUTES.has(key));
  if (attribute !== undefined) throw broken(attribute, "is an attribute's name; an extension must bear another");
  return stringify({ ...context, data, ...extensions }, refused);
}

function broken(attribute: string, reason: string): ArvoEventError {
  return new ArvoEventError(`an event has 1 broken attribute(s): "${attribute}" ${reason}`, [{ attribute, reason }]);
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ArvoEventError("an event can't be read: the bytes are no UTF-8; send one complete JSON text in UTF-8");
  }
}

/** What can't be written as JSON, or crosses damaged, is a fault of the data. */
function refused(reason: string): ArvoEventError {
  return broken('data', reason);
}

/**
 * Makes an event: fills in defaults, encodes what must be a URI, checks every attribute. While spans are recorded it does
 * so in a span of its own, whose headers go into the event, unless `disable` is set.
 *
 * @throws {ArvoEventError} names every broken attribute.
 *
 * @example
 * ```ts
 * import { createArvoEvent } from 'arvo';
 *
 * const event = createArvoEvent(
 *   { source: 'com.shop.web', type: 'com.order.place', subject: 'order 1', data: { item: 'tea' } },
 *   { tenant: 'acme' },
 * );
 * event.subject; // => "order%201"
 * event.extensions; // => { tenant: "acme" }
 * ```
 */
export function createArvoEvent<
  TData extends ArvoEventData,
  TExtension extends CloudEventExtension = CloudEventExtension,
  const TType extends string = string,
>(
  event: CreateArvoEvent<TData, TType>,
  extensions?: TExtension,
  opentelemetry?: { disable?: boolean },
): ArvoEvent<TData, TExtension, TType> {
  const draft = draftText(event, extensions);
  const span = opentelemetry?.disable ? undefined : recordingOfMaking(event);
  const made = native.createEvent(draft, span?.open);
  return eventOf(answered(span === undefined ? made : span.heard(made)));
}

/** A draft as the core reads it, as text. */
export function draftText(event: object, extensions?: object): string {
  for (const [name, value] of Object.entries(extensions ?? {}))
    if (typeof value === 'number' && !Number.isFinite(value))
      throw broken(name, `is ${value}, which JSON can't hold; give a finite number`);
  return stringify({ ...draft(event), __extensions: extensions }, refused);
}

/** A draft whose execution units are a number that JSON can't hold has them as text, so that the core refuses them. */
export function draft<T>(event: T): T {
  const units = (event as { executionunits?: unknown } | null)?.executionunits;
  if (typeof units !== 'number' || Number.isFinite(units)) return event;
  return { ...event, executionunits: String(units) };
}
