// Matchers of the recorded expectations (tests/vectors/README.md, section 1): where does what was found differ?

import { createHash } from 'node:crypto';
import { ArvoOrchestrationSubject } from '../../bindings-node/dist/index.js';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/;

/** A failure's text with the places that it names; the whole is written `/`. */
export class Message extends String {
  constructor(text, paths = []) {
    super(text);
    this.paths = new Set(paths.map((path) => path || '/'));
  }
}

/** Every place where `found` is not what was wanted. `labels` hold for one case, all of its steps. */
export function differences(wanted, found, labels, at = '') {
  if (wanted !== null && typeof wanted === 'object' && !Array.isArray(wanted)) {
    const matcher = Object.keys(wanted).find((key) => Object.hasOwn(MATCHERS, key));
    if (matcher !== undefined) return MATCHERS[matcher](wanted, found, labels, at);
    return isObject(found) ? ofObjects(wanted, found, labels, at) : [says(at, wanted, found)];
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found) || found.length !== wanted.length) return [says(at, wanted, found)];
    return wanted.flatMap((each, index) => differences(each, found[index], labels, `${at}/${index}`));
  }
  const plain = found instanceof Message ? String(found) : found;
  return Object.is(wanted, plain) || wanted === plain ? [] : [says(at, wanted, plain)];
}

function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Message);
}

function says(at, wanted, found) {
  return `${at || '/'}: wanted ${JSON.stringify(wanted)}, found ${found === undefined ? 'nothing' : JSON.stringify(found)}`;
}

function ofObjects(wanted, found, labels, at) {
  const left = new Map(Object.entries(found));
  const parts = Object.entries(wanted).flatMap(([key, want]) => {
    let name = key;
    if (key.startsWith('$uuid:')) {
      const label = key.slice('$uuid:'.length);
      name = labels[label] ?? [...left.keys()].find((each) => each.match(UUID)?.[0] === each) ?? key;
      labels[label] ??= name;
    }
    if (left.has(name)) {
      const value = left.get(name);
      left.delete(name);
      return differences(want, value, labels, `${at}/${name}`);
    }
    return isObject(want) && '$open' in want ? [] : [says(`${at}/${name}`, want, undefined)];
  });
  return [...parts, ...[...left].map(([key, value]) => `${at}/${key}: wanted nothing, found ${JSON.stringify(value)}`)];
}

function labelled(label, found, labels, at) {
  labels[label] ??= found;
  return labels[label] === found ? [] : [says(at, `${label} = ${labels[label]}`, found)];
}

/** An id of so many hexadecimal digits. */
function ofHex(digits, label, found, labels, at) {
  const is = typeof found === 'string' && found.length === digits && /^[0-9a-f]+$/.test(found);
  return is ? labelled(label, found, labels, at) : [says(at, label, found)];
}

const MATCHERS = {
  $any: (wanted, found, _, at) => (found === null || found === undefined ? [says(at, wanted, found)] : []),
  $open: () => [],
  $time: (wanted, found, _, at) => (typeof found === 'string' && TIME.test(found) ? [] : [says(at, wanted, found)]),
  $uuid(wanted, found, labels, at) {
    if (typeof found !== 'string' || found.match(UUID)?.[0] !== found) return [says(at, wanted, found)];
    return labelled(wanted.$uuid, found, labels, at);
  },
  $traceId: (wanted, found, labels, at) => ofHex(32, wanted.$traceId, found, labels, at),
  $spanId: (wanted, found, labels, at) => ofHex(16, wanted.$spanId, found, labels, at),
  $traceparent(wanted, found, labels, at) {
    const [version, trace, span, flags, ...more] = String(found).split('-');
    if (version !== '00' || more.length > 0) return [says(at, wanted, found)];
    return differences(wanted.$traceparent, { trace, span, flags }, labels, at);
  },
  $subject(wanted, found, labels, at) {
    if (typeof found !== 'string') return [says(at, wanted, found)];
    const label = labelled(wanted.$subject, found, labels, at);
    if (!('content' in wanted)) return label;
    try {
      return [...label, ...differences(wanted.content, ArvoOrchestrationSubject.parse(found), labels, `${at}$`)];
    } catch (error) {
      return [...label, says(at, wanted, `${found} (${error.message})`)];
    }
  },
  $prefix(wanted, found, _, at) {
    const isText = typeof found === 'string' || found instanceof Message;
    if (!isText || !found.startsWith(wanted.$prefix)) return [says(at, wanted, found)];
    if (!('issues' in wanted)) return [];
    if (!(found instanceof Message)) {
      // Inside an event a message is text alone: it must name each place.
      const named = wanted.issues.every(({ path }) => found.includes(path.replace(/^\/+/, '')));
      return named ? [] : [says(at, wanted, found)];
    }
    const paths = [...new Set(wanted.issues.map(({ path }) => path))].sort();
    return differences(paths, [...found.paths].sort(), {}, `${at} (paths)`);
  },
  $text(wanted, found, labels, at) {
    const known = new Set(Object.values(labels));
    const text = String(found).replace(UUID, (uuid) => (known.has(uuid) ? uuid : '<uuid>'));
    return differences(wanted.$text, text, labels, at);
  },
  $sha256OfUtf8(wanted, found, _, at) {
    const sum = typeof found === 'string' ? createHash('sha256').update(found).digest('hex') : undefined;
    return sum === wanted.$sha256OfUtf8 ? [] : [says(at, wanted, found)];
  },
};

/** A recorded input as JavaScript has it: `$utf16` and `$repeat` become text. */
export function inputValue(value) {
  if (Array.isArray(value)) return value.map(inputValue);
  if (!isObject(value)) return value;
  if (Array.isArray(value.$utf16)) return String.fromCharCode(...value.$utf16);
  if (Array.isArray(value.$repeat)) return value.$repeat[0].repeat(value.$repeat[1]);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inputValue(each)]));
}

/** What an error is, as expectations say it; a `ZodError` of the reference is any class of ours. */
export function errorOf(error, wanted) {
  const issues = (error.issues ?? []).map(({ path }) => path);
  const broken = (error.broken ?? []).map((field) =>
    typeof field === 'string' ? `/${field.replaceAll('.', '/')}` : `/${field.attribute}`,
  );
  const name = wanted?.name === 'ZodError' ? wanted.name : error.name;
  return { name, message: new Message(error.message, [...issues, ...broken]) };
}
