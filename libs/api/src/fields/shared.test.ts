import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { trackUpdate } from '../apply/index.ts';
import { withoutServerFields } from '../apply/own-fields.ts';
import type { KubeObject } from '../meta/types.ts';
import { loadSchema } from '../schema/load.ts';
import { changedFields, compareFields } from './compare.ts';
import type { FieldSet } from './field-set.ts';
import { allFieldsOf } from './of-value.ts';
import { shapeOf } from './shape.ts';
import { SharedFields } from './shared.ts';

const schema = loadSchema();
const resource = schema.byGroupResource('pods');
assert.ok(resource);
const shape = shapeOf(schema, resource.message);

const text = fc.constantFrom('a', 'b', '__proto__');
const labels = fc.dictionary(text, text, { maxKeys: 2 });
const port = fc.record(
  { containerPort: fc.integer({ min: 1, max: 2 }), protocol: text },
  { requiredKeys: [] },
);
const container = fc.record(
  {
    name: text,
    image: fc.option(text),
    ports: fc.array(port, { maxLength: 2 }),
    resources: fc.constantFrom({}, { requests: { cpu: '1' } }),
    env: fc.constantFrom(null, [], [{ name: 'A', value: 'x' }]),
  },
  { requiredKeys: ['name'] },
);
const pod = fc
  .record({
    metadata: fc.record(
      { name: text, labels: fc.option(labels), finalizers: fc.array(text, { maxLength: 2 }) },
      { requiredKeys: ['name'] },
    ),
    spec: fc.record(
      {
        containers: fc.array(container, { maxLength: 2 }),
        securityContext: fc.constantFrom({}, null, { runAsUser: 1 }),
        nodeSelector: labels,
      },
      { requiredKeys: [] },
    ),
  })
  // As it comes from a client: with a null where none should be, and whatever names.
  .map((parts): KubeObject => JSON.parse(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', ...parts })));

/** As what is told of it, or what is thrown instead. */
function outcome<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

/** Order counts: it is that of the encoded bytes. */
function textOf(set: FieldSet | string): string {
  return JSON.stringify(typeof set === 'string' ? set : new SharedFields().share(set));
}

describe('shared sets of fields', () => {
  it('are the fields that the object has', () => {
    const shared = new SharedFields();
    fc.assert(
      fc.property(pod, (object) => {
        const quick = outcome(() => shared.allFieldsOf(shape, object));
        if (quick !== undefined)
          assert.equal(JSON.stringify(quick), textOf(outcome(() => allFieldsOf(shape, object))));
      }),
    );
  });

  it('tell of whatever object what a comparison with nothing tells of it', () => {
    fc.assert(
      fc.property(pod, (updated) => {
        const tracked = outcome(() =>
          trackUpdate({
            schema,
            resource,
            live: undefined,
            updated,
            manager: 'm',
            nowRfc3339: '',
            subresource: '',
          }),
        );
        const fields = outcome(() => withoutServerFields(changedFields(compareFields(shape, {}, updated))));
        if (typeof tracked === 'string') return;
        const told = tracked.metadata.managedFields?.[0]?.fieldsV1;
        const none = typeof fields === 'string' || Object.keys(fields).length === 0;
        assert.equal(JSON.stringify(told), none ? undefined : textOf(fields));
      }),
    );
  });

  it('are one value, with one text, for all objects with the same fields', () => {
    const shared = new SharedFields();
    const named = (name: string) => ({
      metadata: { name, labels: { app: name } },
      spec: { containers: [{ name: 'c' }] },
    });
    const one = shared.allFieldsOf(shape, named('one'));
    assert.ok(one);
    assert.equal(one, shared.allFieldsOf(shape, named('other')));
    assert.equal(one, shared.share(JSON.parse(JSON.stringify(one)) as FieldSet));
    const backwards = Object.fromEntries(Object.entries(one).reverse());
    assert.equal(one, shared.share(backwards), 'order makes no other set');
    assert.equal(shared.textOf(one), JSON.stringify(one));
    assert.equal(shared.textOf({ ...one }), undefined);
  });

  it('are written in one order, whatever order they came in', () => {
    const made = {
      'f:spec': { 'f:b': {}, 'f:a': { 'f:y': {}, '.': {}, 'f:x': {} } },
      'f:metadata': { 'f:labels': { 'f:c': {}, 'f:a': {}, '.': {} } },
      'f:ports': {
        'k:{"port":443,"protocol":"TCP"}': {},
        'k:{"port":80,"protocol":"UDP"}': {},
        '.': {},
        'k:{"port":80,"protocol":"TCP"}': {},
        'k:{"port":80}': {},
      },
      'f:finalizers': { 'v:"b"': {}, 'v:"a"': {}, 'v:10': {}, 'v:9': {} },
    };
    assert.equal(
      JSON.stringify(new SharedFields().share(made)),
      JSON.stringify({
        'f:finalizers': { 'v:9': {}, 'v:10': {}, 'v:"a"': {}, 'v:"b"': {} },
        'f:metadata': { 'f:labels': { '.': {}, 'f:a': {}, 'f:c': {} } },
        'f:ports': {
          '.': {},
          'k:{"port":80}': {},
          'k:{"port":80,"protocol":"TCP"}': {},
          'k:{"port":80,"protocol":"UDP"}': {},
          'k:{"port":443,"protocol":"TCP"}': {},
        },
        'f:spec': { 'f:a': { '.': {}, 'f:x': {}, 'f:y': {} }, 'f:b': {} },
      }),
    );
  });

  it('are forgotten when there are too many, and those handed out stay as they are', () => {
    const shared = new SharedFields(100);
    const of = (label: string) => shared.allFieldsOf(shape, { metadata: { labels: { [label]: 'x' } } });
    const first = of('first');
    assert.ok(first);
    for (let i = 0; i < 100; i++) of(`l${i}`);
    const again = of('first');
    assert.notEqual(first, again);
    assert.deepEqual(first, again);
    assert.equal(shared.textOf(first), JSON.stringify(again));
  });
});
