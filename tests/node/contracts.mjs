// Contracts of the recorded definitions (tests/vectors/README.md, section 2), made by the public builders.

import {
  createArvoContract,
  createArvoOrchestratorContract,
  createSimpleArvoContract,
} from '../../bindings-node/dist/index.js';

/** The JSON Schema of a recorded schema, each object saying what it does with unknown keys. `"{}"`: an empty object. */
export function schemaOf(recorded) {
  if (recorded === '{}') return { type: 'object', properties: {}, 'x-arvo-unknown-keys': 'strip' };
  const schema = structuredClone(recorded.schema);
  for (const [pointer, mode] of Object.entries(recorded.unknownKeys)) {
    if (mode !== 'catchall') at(schema, pointer)['x-arvo-unknown-keys'] = mode;
  }
  return schema;
}

/** The modes that a JSON Schema says itself, by pointer. */
export function modesOf(schema, pointers) {
  return Object.fromEntries(
    pointers.map((pointer) => [pointer, at(schema, pointer)?.['x-arvo-unknown-keys'] ?? 'catchall']),
  );
}

function at(schema, pointer) {
  const keys = pointer
    .replace(/^#\/?/, '')
    .split('/')
    .filter((key) => key !== '');
  return keys.reduce(
    (value, key) => value?.[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')],
    schema,
  );
}

function mapped(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** Makes the contract. */
export function contractOf({ kind, versions, ...head }) {
  switch (kind) {
    case 'simple':
      return createSimpleArvoContract({
        ...head,
        versions: mapped(versions, ({ accepts, emits }) => ({ accepts: schemaOf(accepts), emits: schemaOf(emits) })),
      });
    case 'orchestrator':
      return createArvoOrchestratorContract({
        ...head,
        versions: mapped(versions, ({ init, complete }) => ({ init: schemaOf(init), complete: schemaOf(complete) })),
      });
    default:
      return createArvoContract({
        ...head,
        versions: mapped(versions, ({ accepts, emits }) => ({
          accepts: schemaOf(accepts),
          emits: mapped(emits, schemaOf),
        })),
      });
  }
}
