import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { metadataFields } from './metadata-fields.ts';

const FIELDS = ['ownerReferences', 'finalizers', 'deletionTimestamp'] as const;
const OWNERS = [{ apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'u', controller: true }];
const LOOKALIKE = '{"ownerReferences":[{"uid":"false"}],"finalizers":["false"]}';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** What it finds, parsed. */
function found(text: string): Record<string, unknown> {
  const fields = Object.entries(metadataFields(bytesOf(text), FIELDS));
  return Object.fromEntries(fields.map(([field, json]) => [field, JSON.parse(json)]));
}

describe('fields of the metadata, from bytes', () => {
  test('are what stands there, to the letter', () => {
    const metadata = { name: 'a', ownerReferences: OWNERS, finalizers: ['x/y'], labels: { a: 'b' } };
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: {} });
    assert.deepEqual(metadataFields(bytesOf(body), FIELDS), {
      ownerReferences: JSON.stringify(OWNERS),
      finalizers: '["x/y"]',
    });
  });

  test('are not what looks like them in a string, deeper down, beside the metadata or as a value', () => {
    const hostile = {
      spec: { metadata: { ownerReferences: OWNERS }, ownerReferences: OWNERS },
      ownerReferences: OWNERS,
      kind: 'metadata',
      metadata: {
        annotations: {
          last: LOOKALIKE,
          quoted: `"ownerReferences":[],\\"${LOOKALIKE}\\\\`,
          ownerReferences: 'mine',
          'metadata":{"finalizers': '"',
          '"}],"finalizers":["': '\\',
        },
        managedFields: [{ fieldsV1: { 'f:metadata': { ownerReferences: OWNERS, finalizers: [] } } }],
        name: 'ownerReferences',
        ownerReferencesOfOthers: OWNERS,
        finalizer: 'finalizers',
        deletionTimestamp: 'then',
      },
    };
    assert.deepEqual(found(JSON.stringify(hostile)), { deletionTimestamp: 'then' });
  });

  test('are found whatever the space between the tokens, and when a key is written with escapes', () => {
    const metadata = { labels: { a: '}' }, ownerReferences: OWNERS };
    assert.deepEqual(found(`\n${JSON.stringify({ spec: [[]], metadata }, null, '\t')}\r\n`), {
      ownerReferences: OWNERS,
    });
    assert.deepEqual(found('{"metad\\u0061ta":{"f\\u0069nalizers" : [ "x" ] }}'), { finalizers: ['x'] });
  });

  test('are those that parsing the whole would find, whatever else the object holds', () => {
    const keys = fc.oneof(
      fc.constantFrom(...FIELDS, 'metadata', '"finalizers":[', '\\', 'ü\u0000"'),
      fc.string({ unit: 'binary' }),
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.constant(LOOKALIKE),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 6 }),
      ),
    }));
    const field = fc.option(tree, { nil: undefined });
    const metadata = fc.record({
      ownerReferences: field,
      name: tree,
      finalizers: field,
      annotations: fc.dictionary(keys, tree),
      deletionTimestamp: field,
    });
    const indent = fc.constantFrom(undefined, 2);
    fc.assert(
      fc.property(tree, tree, metadata, indent, (before, after, value, space) => {
        const text = JSON.stringify({ before, metadata: value, after }, null, space);
        const parsed: Record<string, unknown> = JSON.parse(text).metadata;
        const expected = FIELDS.filter((name) => Object.hasOwn(parsed, name));
        assert.deepEqual(found(text), Object.fromEntries(expected.map((name) => [name, parsed[name]])));
      }),
      { numRuns: 200 },
    );
  });

  test('of what is cut off or no object is searched to the end and no further', () => {
    const body = bytesOf(JSON.stringify({ metadata: { annotations: { a: LOOKALIKE }, finalizers: ['x'] } }));
    for (let length = 0; length < body.length; length++)
      assert.doesNotThrow(() => metadataFields(body.subarray(0, length), FIELDS));
    for (const text of ['', 'null', '[{"metadata":{}}]', '{"metadata":null}', '{"metadata":"{"}', '{{', '"'])
      assert.deepEqual(metadataFields(bytesOf(text), FIELDS), {});
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        metadataFields(bytes, FIELDS);
      }),
    );
  });
});
