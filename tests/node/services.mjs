// contracts.json, factories.json, handler.json and errors.json: contracts, what is made by them, and how that fails.

import {
  ArvoEvent,
  ArvoEventError,
  ConfigViolation,
  ContractViolation,
  createArvoContract,
  createArvoError,
  createArvoEventFactory,
  createArvoEventHandler,
  createArvoOrchestrator,
  createArvoOrchestratorEventFactory,
  ExecutionViolation,
  isTransactionViolationError,
  isViolationError,
  SimpleMachineMemory,
  TransactionViolation,
  TransactionViolationCause,
  ViolationError,
} from '../../bindings-node/dist/index.js';
import { contractOf, modesOf, schemaOf } from './contracts.mjs';
import { perform } from './language.mjs';
import { differences, errorOf, inputValue } from './matching.mjs';

/** Every error that a case produced, by `file#case`: errors.json asks for them. */
export const produced = new Map();

export function note(file, name, error) {
  const at = `${file.file}#${name}`;
  produced.set(at, [...(produced.get(at) ?? []), error]);
}

export const contracts = {
  schemas({ name, schema, unknownKeys, data }, _, labels) {
    const accepts = schemaOf({ schema, unknownKeys });
    const contract = createArvoContract({
      uri: '#/test',
      type: 'com.test.data',
      versions: { '1.0.0': { accepts, emits: {} } },
    });
    const factory = createArvoEventFactory(contract.version('1.0.0'));
    return data.flatMap((datum, index) => {
      const found = judged(factory, datum);
      if (datum.ours !== undefined && datum.oursExpect === undefined) return [];
      const { output, invalid } = datum.oursExpect ?? datum;
      const wanted =
        invalid === undefined ? { output } : { invalid: Array.isArray(invalid) ? [...invalid].sort() : invalid };
      return differences(wanted, found, labels, `${name}/${index}`);
    });
  },

  contracts({ name, contract: definition }, expect, labels, file) {
    const contract = contractOf(definition);
    const { lookups, jsonSchema, unknownKeys, ...head } = expect;
    const found = {
      uri: contract.uri,
      type: contract.type,
      domain: contract.domain,
      description: contract.description,
      metadata: contract.metadata,
      systemErrorType: contract.systemError.type,
      versionsAscending: contract.getSortedVersionNumbers('ASC'),
      versionsDescending: contract.getSortedVersionNumbers('DESC'),
    };
    const looked = Object.entries(lookups).flatMap(([option, wanted]) =>
      differences(
        wanted,
        lookUp(contract, option, (error) => note(file, name, error)),
        labels,
        `/lookups/${option}`,
      ),
    );
    const exported = contract.toJsonSchema();
    const modes = unknownKeys.map(({ version, accepts, emits }) => {
      const own = exported.versions.find((each) => each.version === version);
      const emitted = Object.entries(emits).map(([type, pointers]) => {
        return [type, modesOf(own.emits.find((emit) => emit.type === type).schema, Object.keys(pointers))];
      });
      return {
        version,
        accepts: modesOf(own.accepts.schema, Object.keys(accepts)),
        emits: Object.fromEntries(emitted),
      };
    });
    return [
      ...differences(head, found, labels),
      ...looked,
      ...differences(withoutNotes(jsonSchema), withoutNotes(exported), labels, '/jsonSchema'),
      ...differences(unknownKeys, modes, labels, '/unknownKeys'),
    ];
  },

  badContracts({ name, input }, expect, labels, file) {
    try {
      const made = contractOf(input);
      return differences(expect, { made: true, type: made.type }, labels);
    } catch (error) {
      note(file, name, error);
      return differences(expect, { error: errorOf(error, expect.error) }, labels);
    }
  },

  jsonSchemaDiffers: () => [], // says where the recorder's own JSON Schema validator judges otherwise: nothing of ours
};

/** What a contract says of data. */
function judged(factory, { input }) {
  try {
    return { output: factory.accepts({ source: 'com.test.client', subject: 's', data: inputValue(input) }).data };
  } catch (error) {
    // The recorder writes keys as they are; ours are JSON Pointers.
    const plain = ({ path }) => path.replaceAll('~1', '/').replaceAll('~0', '~') || '/';
    return { invalid: [...new Set(error.issues.map(plain))].sort() };
  }
}

function lookUp(contract, option, failed) {
  try {
    const version = contract.version(option);
    return {
      uri: version.uri,
      version: version.version,
      domain: version.domain,
      description: version.description,
      metadata: version.metadata,
      dataschema: version.dataschema,
      acceptsType: version.accepts.type,
      emitTypes: version.emitList.map(({ type }) => type),
      systemErrorType: version.systemError.type,
      systemErrorDataschema: version.systemError.dataschema,
    };
  } catch (error) {
    failed(error);
    return { error: errorOf(error) };
  }
}

/** A JSON Schema without its texts for people, and without our own key. */
function withoutNotes(json) {
  if (Array.isArray(json)) return json.map(withoutNotes);
  if (json === null || typeof json !== 'object') return json;
  const isNote = (key, value) => key === 'x-arvo-unknown-keys' || (key === 'description' && typeof value === 'string');
  const kept = Object.entries(json).filter(([key, value]) => !isNote(key, value));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutNotes(value)]));
}

export const factories = {
  cases({ name, contract, version, method, input, extensions }, expect, labels, file) {
    try {
      const versioned = contractOf(file.contracts[contract]).version(version);
      const make = ['init', 'complete'].includes(method) ? createArvoOrchestratorEventFactory : createArvoEventFactory;
      const { error, ...event } = inputValue(input);
      const given = error === undefined ? event : { ...event, error: Object.assign(new Error(error.message), error) };
      const made = make(versioned)[method](given, extensions && inputValue(extensions));
      const { errorName, errorMessage } = made.data;
      if (errorName !== undefined) note(file, name, Object.assign(new Error(errorMessage), { name: errorName }));
      return differences(expect, { event: made.toJSON() }, labels);
    } catch (error) {
      note(file, name, error);
      return differences(expect, { error: errorOf(error, expect.error) }, labels);
    }
  },
};

/** A handler of a recorded definition. */
export function handlerOf({ contract, executionunits = 0, behaviours, domains, span }, file) {
  const functions = Object.entries(behaviours).map(([version, behaviour]) => [
    version,
    async ({ event, source, domain, contract: own }) =>
      perform(behaviour, { event, source, domain, contract: { uri: own.uri, version: own.version } }),
  ]);
  return createArvoEventHandler({
    contract: contractOf(file.contracts[contract]),
    executionunits,
    handler: Object.fromEntries(functions),
    defaultEventEmissionDomains: domains,
    spanOptions: span && { spanName: span.name, attributes: span.attributes },
  });
}

export const handler = {
  async cases({ name, handler: definition, event }, expect, labels, file) {
    const consumed = ArvoEvent.parse(JSON.stringify(inputValue(event)));
    try {
      const { events } = await handlerOf(definition, file).execute(consumed);
      return differences(expect, { events: events.map((each) => each.toJSON()) }, labels);
    } catch (error) {
      note(file, name, error);
      if (!isViolationError(error)) return differences(expect, { error: errorOf(error, expect.error) }, labels);
      const { message } = errorOf(error);
      const violation = { name: error.name, message, violation: true, type: error.type, metadata: error.metadata };
      return differences(expect, { violation }, labels);
    }
  },

  construction({ name, ...definition }, expect, labels, file) {
    try {
      const { source, domain, systemErrorSchema } = handlerOf(definition, file);
      return differences(expect, { made: true, source, domain, systemErrorType: systemErrorSchema.type }, labels);
    } catch (error) {
      note(file, name, error);
      return differences(expect, { error: errorOf(error, expect.error) }, labels);
    }
  },
};

const deep = { deep: { list: [1] } };
const CLASSES = {
  ContractViolation: () => new ContractViolation('the message'),
  'ContractViolation with metadata': () => new ContractViolation('the message', { a: 1 }),
  ConfigViolation: () => new ConfigViolation('the message'),
  ExecutionViolation: () => new ExecutionViolation('the message', deep),
  'ViolationError of an own type': () =>
    new ViolationError({ type: 'RateLimited', message: 'slow down', metadata: { retryAfter: 5 } }),
  'ViolationError of an empty type': () => new ViolationError({ type: '', message: 'm' }),
  'ViolationError with empty message': () => new ViolationError({ type: 'T', message: '' }),
  ...Object.fromEntries(
    Object.values(TransactionViolationCause).map((cause) => [
      `TransactionViolation ${cause}`,
      () => new TransactionViolation({ cause, message: 'the message', initiatingEvent: 'the consumed event' }),
    ]),
  ),
};

const marked = (fields) => Object.assign(new Error(fields.message ?? 'm'), { isArvoViolationError: true }, fields);
const IS_VIOLATION = {
  'a plain error': () => new Error('m'),
  'an error with the mark, type and name': () => marked({ type: 'T', name: 'N' }),
  'an error with the mark but no type': () => marked({ name: 'N' }),
  'an error with the mark and an empty type': () => marked({ type: '', name: 'N' }),
  'an error with a type but no mark': () => Object.assign(new Error('m'), { type: 'T', name: 'N' }),
  'an error with mark, type and empty message': () => marked({ type: 'T', name: 'N', message: '' }),
  'an object that looks like one': () => ({ isArvoViolationError: true, type: 'T', name: 'N', message: 'm' }),
  text: () => 'text',
  null: () => null,
};

const plainVersion = () =>
  createArvoContract({
    uri: '#/test',
    type: 'com.test.plain',
    versions: { '1.0.0': { accepts: {}, emits: {} } },
  }).version('1.0.0');
const shown = ({ errorStack, ...data }) => ({
  value: { ...data, errorStack: errorStack === null ? null : typeof errorStack },
});
const OTHER = {
  'registry without machines': () =>
    createArvoOrchestrator({ machines: [], memory: new SimpleMachineMemory(), executionunits: 0 }),
  'orchestrator factory for a plain contract': () => createArvoOrchestratorEventFactory(plainVersion()),
  'system error data of an error': () => shown(createArvoError(Object.assign(new Error('m'), { name: 'N' }))),
  'system error data of an error without stack': () =>
    shown(createArvoError(Object.assign(new Error('m'), { stack: undefined }))),
};

export const errors = {
  classes({ name }, expect, labels) {
    const error = CLASSES[name]();
    const found = {
      name: error.name,
      message: error.message,
      type: error.type,
      metadata: error.metadata,
      isViolation: isViolationError(error),
      isTransaction: isTransactionViolationError(error),
      isTransactionOfCauseRead: isTransactionViolationError(error, TransactionViolationCause.READ_FAILURE),
    };
    return differences(expect, error.cause === undefined ? found : { ...found, cause: error.cause }, labels);
  },

  isViolation: ({ name }, expect, labels) => differences(expect, isViolationError(IS_VIOLATION[name]()), labels),

  other({ name }, expect, labels) {
    if (name === 'event constructor without to') return withoutAddress();
    try {
      return differences(expect, OTHER[name](), labels);
    } catch (error) {
      return differences(expect, { error: errorOf(error, expect.error) }, labels);
    }
  },

  messages({ name, message, at }, _, labels) {
    const found = produced.get(at) ?? [];
    const fits = (error) => {
      const own = errorOf(error, { name });
      return differences({ name, message }, own, { ...labels }).length === 0;
    };
    return found.some(fits)
      ? []
      : [`wanted ${JSON.stringify(message)}, found ${JSON.stringify(found.map((error) => error.message))}`];
  },
};

export const errorsConstants = ({ transactionCauses }, labels) =>
  differences(transactionCauses, { ...TransactionViolationCause }, labels);

/** The wording is ours, which names every broken attribute; that `to` is the one is the recorded part. */
function withoutAddress() {
  const context = { id: 'e', source: 'a', specversion: '1.0', type: 'com.test.event', subject: 's', dataschema: null };
  const nulls = [
    'to',
    'accesscontrol',
    'redirectto',
    'executionunits',
    'traceparent',
    'tracestate',
    'parentid',
    'domain',
  ];
  try {
    new ArvoEvent(
      { ...context, time: '2025-01-02T03:04:05Z', ...Object.fromEntries(nulls.map((key) => [key, null])) },
      {},
    );
    return ['wanted an error, found an event'];
  } catch (error) {
    const broken = error instanceof ArvoEventError ? error.broken.map(({ attribute }) => attribute) : error;
    return differences(['to'], broken, {});
  }
}
