// Contracts: of JSON Schema, of Zod 3 and 4, of any other Standard Schema; in and out of JSON.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { z as z4 } from 'zod/v4';
import {
  ArvoContract,
  ArvoContractError,
  ArvoFactoryError,
  ConfigViolation,
  contractOf,
  createArvoContract,
  createArvoEventFactory,
  createArvoOrchestratorContract,
  createArvoOrchestratorEventFactory,
  createSimpleArvoContract,
  eventOf,
  handlerOf,
  PLACE,
  placed,
  thrownBy,
  VersionedArvoContract,
} from './service.mjs';

/** A Standard Schema of no library: data whose `item` is text, given back in capitals. */
const OWN = {
  '~standard': {
    version: 1,
    vendor: 'tests',
    validate: (value) =>
      typeof value?.item === 'string'
        ? { value: { ...value, item: value.item.toUpperCase() } }
        : {
            issues: [
              { message: 'no text', path: ['item'] },
              { message: 'odd', path: [{ key: 'a/b' }, 0] },
            ],
          },
  },
};
const ASYNC = { '~standard': { version: 1, vendor: 'tests', validate: async (value) => ({ value }) } };
const factoryOf = (accepts) => createArvoEventFactory(contractOf(accepts).version('1.0.0'));
const from = { source: 'com.shop.web', subject: 's' };

for (const [kind, accepts] of Object.entries({
  'JSON Schema': { ...PLACE, 'x-arvo-unknown-keys': 'strip' },
  'Zod 3': z.object({ item: z.string(), count: z.number().default(1) }),
  'Zod 4': z4.object({ item: z4.string(), count: z4.number().default(1) }),
})) {
  test(`${kind}: a factory fills defaults, strips unknown keys, names every problem`, async () => {
    const factory = factoryOf(accepts);
    assert.deepEqual(factory.accepts({ ...from, data: { item: 'tea', junk: 1 } }).data, { item: 'tea', count: 1 });
    const error = await thrownBy(() => factory.accepts({ ...from, data: { count: 'x' } }));
    assert.ok(error instanceof ArvoFactoryError);
    assert.deepEqual(error.issues.map(({ path }) => path).sort(), ['/count', '/item']);
    assert.ok((await thrownBy(() => factory.accepts(from))) instanceof ArvoFactoryError);
  });

  test(`${kind}: the export judges alike, in every language`, async () => {
    const exported = contractOf(accepts).toJsonSchema();
    assert.equal(exported.versions[0].accepts.schema['x-arvo-unknown-keys'], 'strip');
    const factory = createArvoEventFactory(ArvoContract.fromJson(JSON.stringify(exported)).version('latest'));
    assert.deepEqual(factory.accepts({ ...from, data: { item: 'tea', junk: 1 } }).data, { item: 'tea', count: 1 });
    assert.ok((await thrownBy(() => factory.accepts({ ...from, data: {} }))) instanceof ArvoFactoryError);
  });
}

test('what becomes of unknown keys is exported of every Zod object', () => {
  const modes = (accepts) => {
    const { schema } = contractOf(accepts).toJsonSchema().versions[0].accepts;
    return [schema, schema.properties.in].map((object) => object['x-arvo-unknown-keys']);
  };
  for (const zod of [z, z4]) {
    const inner = zod.object({ a: zod.string() });
    assert.deepEqual(modes(zod.object({ in: inner.strict() })), ['strip', 'strict']);
    assert.deepEqual(modes(zod.object({ in: inner }).strict()), ['strict', 'strip']);
    assert.deepEqual(modes(zod.object({ in: inner.passthrough() })), ['strip', 'passthrough']);
  }
});

test('any Standard Schema is a schema', async () => {
  const factory = factoryOf(OWN);
  assert.deepEqual(factory.accepts({ ...from, data: { item: 'tea' } }).data, { item: 'TEA' });
  const error = await thrownBy(() => factory.accepts({ ...from, data: {} }));
  assert.deepEqual(error.issues, [
    { path: '/item', message: 'no text' },
    { path: '/a~1b/0', message: 'odd' },
  ]);
});

test('a schema that answers with a promise is a ConfigViolation that names contract, version and type', async () => {
  const inFactory = await thrownBy(() => factoryOf(ASYNC).accepts({ ...from, data: {} }));
  const inHandler = await thrownBy(() => handlerOf(() => placed(), contractOf(ASYNC)).execute(eventOf()));
  for (const violation of [inFactory, inHandler]) {
    assert.ok(violation instanceof ConfigViolation);
    assert.match(violation.message, /contract #\/orders\/place, version 1\.0\.0, type com\.order\.place/);
  }
  const output = await thrownBy(() => handlerOf(() => placed(), contractOf(PLACE, ASYNC)).execute(eventOf()));
  assert.ok(output instanceof ConfigViolation);
  assert.match(output.message, /type evt\.order\.placed/);
});

test('a schema that throws is user code that fails', async () => {
  const failing = z.object({}).transform(() => {
    throw new RangeError('in the schema');
  });
  assert.ok((await thrownBy(() => factoryOf(failing).accepts({ ...from, data: {} }))) instanceof RangeError);
  const { events } = await handlerOf(() => placed(), contractOf(failing)).execute(eventOf());
  assert.equal(events[0].data.errorMessage, 'in the schema');
});

test("an object that a schema gives is the event's own", () => {
  const shared = { item: 'tea' };
  const schema = { '~standard': { version: 1, vendor: 'tests', validate: () => ({ value: shared }) } };
  const event = factoryOf(schema).accepts({ ...from, data: {} });
  shared.item = 'coffee';
  assert.deepEqual(event.data, { item: 'tea' });
  assert.deepEqual(JSON.parse(event.toString()).data, { item: 'tea' });
});

test('a contract exported by the reference loads as it is', () => {
  const json = {
    uri: '#/a',
    domain: null,
    description: null,
    metadata: { contractType: 'SimpleArvoContract', rootType: 'greet.user' },
    versions: [
      {
        version: '1.0.0',
        accepts: { type: 'com.greet.user', schema: { type: 'object', properties: {}, additionalProperties: false } },
        emits: [{ type: 'evt.greet.user.success', schema: { type: 'object', additionalProperties: false } }],
      },
    ],
  };
  const factory = createArvoEventFactory(ArvoContract.fromJson(json, { unknownKeys: 'strip' }).version('1.0.0'));
  assert.deepEqual(factory.accepts({ ...from, data: { junk: 1 } }).data, {});
});

test("what can't be a contract is refused with a text that says why", async () => {
  const version = { accepts: {}, emits: {} };
  const good = { uri: '#/a', type: 'com.a.b', versions: { '1.0.0': version } };
  const bad = [
    { ...good, uri: '' },
    { ...good, uri: undefined },
    { ...good, uri: 'a b' },
    { ...good, uri: 7 },
    { ...good, type: 'A' },
    { ...good, type: 'arvo.orc.a' },
    { ...good, domain: 'No' },
    { ...good, versions: {} },
    { ...good, versions: undefined },
    { ...good, versions: { '0.0.0': version } },
    { ...good, versions: { 1: version } },
    { ...good, versions: { '1.0.0': undefined } },
    { ...good, versions: { '1.0.0': { emits: {} } } },
    { ...good, versions: { '1.0.0': { accepts: 7, emits: {} } } },
    { ...good, versions: { '1.0.0': { accepts: { type: 'no type' }, emits: {} } } },
    { ...good, versions: { '1.0.0': { accepts: {}, emits: { x: {} } } } },
    { ...good, metadata: 7 },
    { ...good, metadata: { big: 1n } },
    { ...good, versions: { '1.0.0': { accepts: { $ref: 'https://example.com/remote.json' }, emits: {} } } },
  ];
  for (const params of bad) {
    const error = await thrownBy(() => createArvoContract(params));
    assert.ok(
      error instanceof ArvoContractError,
      `${JSON.stringify(params, (_, value) => (typeof value === 'bigint' ? 'big' : value))}: ${error}`,
    );
    assert.ok(error.message.length > 10);
  }
  for (const json of [
    '',
    '{}',
    '[]',
    'null',
    '{"uri": "#/a", "versions": 1}',
    { ...contractOf().toJsonSchema(), uri: 7 },
  ]) {
    assert.ok((await thrownBy(() => ArvoContract.fromJson(json))) instanceof ArvoContractError);
  }
  assert.ok(
    (await thrownBy(() => new VersionedArvoContract({ contract: contractOf(), version: '9.9.9' }))) instanceof
      ArvoContractError,
  );
});

test('an orchestrator contract adds parentSubject$$ to any schema', async () => {
  const complete = z.object({ total: z.number() });
  for (const init of [
    PLACE,
    z.object({ item: z.string() }),
    z.object({ item: z.string() }).strict(),
    z4.object({ item: z4.string() }),
    OWN,
  ]) {
    const contract = createArvoOrchestratorContract({
      uri: '#/flow',
      name: 'order',
      versions: { '1.0.0': { init, complete } },
    });
    const factory = createArvoOrchestratorEventFactory(contract.version('1.0.0'));
    const event = factory.init({ source: 'com.shop.web', data: { parentSubject$$: null, item: 'tea' } });
    assert.equal(event.data.parentSubject$$, null);
    assert.equal(event.data.item.toLowerCase(), 'tea');
    for (const parentSubject$$ of [undefined, '', 7]) {
      const error = await thrownBy(() =>
        factory.init({ source: 'com.shop.web', data: { parentSubject$$, item: 'tea' } }),
      );
      assert.deepEqual(
        error.issues.map(({ path }) => path),
        ['/parentSubject$$'],
        String(init),
      );
    }
  }
  const own = z.object({ parentSubject$$: z.string().nullable().default(null) });
  const contract = createArvoOrchestratorContract({
    uri: '#/flow',
    name: 'order',
    versions: { '1.0.0': { init: own, complete } },
  });
  assert.equal(
    createArvoOrchestratorEventFactory(contract.version('1.0.0')).init({ source: 'com.shop.web', data: {} }).data
      .parentSubject$$,
    null,
  );
});

test('a contract shows what it was made of', () => {
  const accepts = z.object({ name: z.string() });
  const contract = createSimpleArvoContract({
    uri: '#/greet',
    type: 'greet.user',
    domain: 'human.review',
    description: 'Greets',
    metadata: { team: 'x' },
    versions: {
      '1.0.0': { accepts, emits: accepts },
      '1.10.0': { accepts, emits: accepts },
      '1.9.0': { accepts, emits: accepts },
    },
  });
  assert.deepEqual(contract.getSortedVersionNumbers('DESC'), ['1.10.0', '1.9.0', '1.0.0']);
  assert.deepEqual(contract.getSortedVersionNumbers('ASC'), ['1.0.0', '1.9.0', '1.10.0']);
  assert.equal(contract.version('latest'), contract.version('1.10.0'));
  const version = contract.version('oldest');
  assert.equal(version.accepts.schema, accepts);
  assert.equal(version.emits['evt.greet.user.success'], accepts);
  assert.deepEqual(
    [version.domain, version.description, version.metadata.team, version.uri],
    ['human.review', 'Greets', 'x', '#/greet'],
  );
  assert.equal(version.toJsonSchema().version, '1.0.0');
  assert.deepEqual(createArvoContract(contract.export()).toJsonSchema().versions, contract.toJsonSchema().versions);
});

test('a version that is none is told as what was asked for', () => {
  for (const version of [undefined, null, 'nine', 7]) {
    assert.throws(() => contractOf().version(version), {
      message: `The contract (uri=#/orders/place) does not have version=${version}`,
    });
  }
});
