import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../errors/api-error.ts';
import { type FieldSet, pathsOf } from '../fields/field-set.ts';
import { deepFreeze } from '../json/freeze.ts';
import { LAST_APPLIED_ANNOTATION } from '../meta/names.ts';
import type { KubeObject } from '../meta/types.ts';
import { loadSchema } from '../schema/load.ts';
import { applyObject } from './apply-object.ts';
import { trackUpdate } from './track-update.ts';

const schema = loadSchema();
const now = '2026-01-01T00:00:00Z';
const later = '2026-01-01T00:01:00Z';

function resourceOf(object: KubeObject) {
  const resource = schema.byGroupResource(
    { Deployment: 'deployments.apps', ConfigMap: 'configmaps', Pod: 'pods' }[object.kind] ?? '',
  );
  assert.ok(resource);
  return resource;
}

interface Options {
  readonly force?: boolean;
  readonly at?: string;
  readonly subresource?: string;
}

function apply(live: KubeObject | undefined, applied: KubeObject, manager: string, options: Options = {}) {
  return applyObject({
    schema,
    resource: resourceOf(applied),
    live: deepFreeze(live),
    applied: deepFreeze(applied),
    manager,
    force: options.force ?? false,
    nowRfc3339: options.at ?? now,
    subresource: options.subresource ?? '',
  }).object;
}

function update(live: KubeObject | undefined, updated: KubeObject, manager: string): KubeObject {
  return trackUpdate({
    schema,
    resource: resourceOf(updated),
    live,
    updated,
    manager,
    nowRfc3339: now,
    subresource: '',
  });
}

function owned(object: KubeObject, manager: string, subresource = ''): readonly string[] {
  const entry = (object.metadata.managedFields ?? []).find(
    (one) => one.manager === manager && (one.subresource ?? '') === subresource,
  );
  return pathsOf((entry?.fieldsV1 ?? {}) as FieldSet);
}

function withoutManaged(object: KubeObject): unknown {
  const { managedFields: _managed, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const deployment = (spec: Record<string, unknown>): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec,
});
const configMap = (data: Record<string, string>, metadata = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace: 'default', ...metadata },
  data,
});
const container = (name: string, rest: Record<string, unknown> = {}) => ({ name, image: 'i', ...rest });
const pods = (...containers: readonly unknown[]) => ({ template: { spec: { containers } } });

describe('server-side apply', () => {
  it('makes an object and owns what was applied, nothing else', () => {
    const object = apply(undefined, deployment({ replicas: 2, ...pods(container('a')) }), 'me');
    assert.deepEqual(owned(object, 'me'), [
      '.spec.replicas',
      '.spec.template.spec.containers[name="a"]',
      '.spec.template.spec.containers[name="a"].image',
      '.spec.template.spec.containers[name="a"].name',
    ]);
    assert.deepEqual(object.metadata.managedFields?.[0]?.operation, 'Apply');
  });

  it('removes what the manager does not apply any more', () => {
    const first = apply(undefined, configMap({ a: '1', b: '2' }, { labels: { x: 'y' } }), 'me');
    const second = apply(first, configMap({ a: '1' }), 'me', { at: later });
    assert.deepEqual(withoutManaged(second), configMap({ a: '1' }));
    assert.deepEqual(owned(second, 'me'), ['.data.a']);
    assert.equal(second.metadata.managedFields?.[0]?.time, later);
  });

  it('does not remove what somebody else owns too', () => {
    const mine = apply(undefined, configMap({ a: '1', b: '2' }), 'me');
    const shared = apply(mine, configMap({ b: '2' }), 'you');
    const less = apply(shared, configMap({ a: '1' }), 'me');
    assert.deepEqual(less.data, { a: '1', b: '2' });
    assert.deepEqual(owned(less, 'you'), ['.data.b']);
  });

  it('takes a list element away whole if nobody else owns the element itself', () => {
    const mine = apply(undefined, deployment(pods(container('a'), container('b'))), 'me');
    const changed = update(
      mine,
      { ...mine, spec: pods(container('a'), { ...container('b'), tty: true }) },
      'you',
    );
    const less = apply(changed, deployment(pods(container('a'))), 'me');
    assert.deepEqual(less.spec, pods(container('a')));
    const kept = apply(changed, deployment(pods({ name: 'b' })), 'them');
    assert.deepEqual(
      apply(kept, deployment(pods(container('a'))), 'me').spec,
      pods(container('a'), { name: 'b', tty: true }),
    );
  });

  it('removes list elements, and lists that lose all of them', () => {
    const env = [{ name: 'A', value: '1' }];
    const first = apply(undefined, deployment(pods(container('a', { env }), container('b'))), 'me');
    const second = apply(first, deployment(pods(container('a'))), 'me');
    assert.deepEqual(second.spec, pods(container('a')));
  });

  it('leaves who owns an object itself its owner when it loses all it had', () => {
    const base = { name: 'web', namespace: 'default' };
    const pod = (spec: Record<string, unknown>): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: base,
      spec,
    });
    const created = update(undefined, pod({ securityContext: {} }), 'you');
    const first = apply(created, pod({ securityContext: { runAsUser: 1 } }), 'me');
    const second = apply(first, pod({ hostname: 'h' }), 'me');
    assert.deepEqual(second.spec, { hostname: 'h' });
    assert.deepEqual(owned(second, 'you'), ['.spec.securityContext']);
    assert.deepEqual(owned(second, 'me'), ['.spec.hostname']);
  });

  it('changes nothing, times included, when applied again', () => {
    const applied = deployment({ replicas: 2, ...pods(container('a')) });
    const first = apply(undefined, applied, 'me');
    assert.deepEqual(apply(first, applied, 'me', { at: later }), first);
  });

  it('keeps defaults and other people’s fields out of it', () => {
    const first = apply(undefined, deployment(pods(container('a'))), 'me');
    const defaulted: KubeObject = {
      ...first,
      spec: { ...pods(container('a', { tty: false })), replicas: 1 },
    };
    const second = apply(defaulted, deployment(pods(container('a', { image: 'j' }))), 'me');
    assert.deepEqual(second.spec, { ...pods(container('a', { tty: false, image: 'j' })), replicas: 1 });
  });

  it('puts elements in the applied order, others where they stood', () => {
    const first = apply(undefined, deployment(pods(container('a'), container('s'), container('b'))), 'you');
    const second = apply(first, deployment(pods(container('b'), container('a'), container('new'))), 'me');
    const { template } = second.spec as { template: { spec: { containers: { name: string }[] } } };
    assert.deepEqual(
      template.spec.containers.map(({ name }) => name),
      ['s', 'b', 'a', 'new'],
    );
  });

  it('keeps one of several elements of one name, and lets the next applied one follow', () => {
    const live = update(undefined, configMap({}, { finalizers: ['b', 'b', 'c'] }), 'you');
    const applied = apply(live, configMap({}, { finalizers: ['b', 'a'] }), 'me', { force: true });
    assert.deepEqual(applied.metadata.finalizers, ['b', 'a', 'c']);
  });

  it('refuses to take a field from who owns it, and says so in Kubernetes’ words', () => {
    const live = update(undefined, deployment({ replicas: 1 }), 'hpa');
    assert.throws(
      () => apply(live, deployment({ replicas: 2 }), 'me'),
      (error) => {
        assert.ok(error instanceof ApiError);
        assert.equal(error.reason, 'Conflict');
        assert.equal(
          error.message,
          'Apply failed with 1 conflict: conflict with "hpa" using apps/v1: .spec.replicas',
        );
        assert.deepEqual(error.details.causes, [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "hpa" using apps/v1',
            field: '.spec.replicas',
          },
        ]);
        return true;
      },
    );
  });

  it('lists several conflicts by manager', () => {
    const live = apply(update(undefined, configMap({ a: '1', b: '1' }), 'u'), configMap({ c: '1' }), 'other');
    assert.throws(() => apply(live, configMap({ a: '2', b: '2', c: '2' }), 'me'), {
      message:
        'Apply failed with 3 conflicts: conflicts with "other":\n- .data.c\nconflicts with "u" using v1:\n- .data.a\n- .data.b',
    });
  });

  it('takes the field when forced', () => {
    const live = update(undefined, deployment({ replicas: 1 }), 'hpa');
    const forced = apply(live, deployment({ replicas: 2 }), 'me', { force: true });
    assert.deepEqual(forced.spec, { replicas: 2 });
    assert.deepEqual(owned(forced, 'hpa'), []);
    assert.deepEqual(owned(forced, 'me'), ['.spec.replicas']);
  });

  it('shares a field that is applied with the value it has', () => {
    const live = update(undefined, deployment({ replicas: 1 }), 'hpa');
    const shared = apply(live, deployment({ replicas: 1 }), 'me');
    assert.deepEqual(owned(shared, 'hpa'), ['.spec.replicas']);
    assert.deepEqual(owned(shared, 'me'), ['.spec.replicas']);
  });

  it('gives an untracked object an owner for what it had before the first apply', () => {
    const live = deployment({ replicas: 1, paused: true });
    const applied = apply(live, deployment({ replicas: 1 }), 'me');
    assert.deepEqual(owned(applied, 'before-first-apply'), ['.spec.paused', '.spec.replicas']);
    assert.throws(() => apply(live, deployment({ replicas: 2 }), 'me'), /before-first-apply/);
  });

  it('owns no status through the main resource, and no spec through the status', () => {
    const wanted = { ...deployment({ replicas: 1 }), status: { replicas: 1 } };
    assert.deepEqual(owned(apply(undefined, wanted, 'me'), 'me'), ['.spec.replicas']);
    const status = apply(deployment({ replicas: 1 }), wanted, 'me', { subresource: 'status' });
    assert.deepEqual(owned(status, 'me', 'status'), ['.status.replicas']);
  });

  describe('after client-side apply', () => {
    const clientSide = (data: Record<string, string>): KubeObject => {
      const text = JSON.stringify(configMap(data));
      const object = configMap(data, { annotations: { [LAST_APPLIED_ANNOTATION]: text } });
      return update(undefined, object, 'kubectl-client-side-apply');
    };

    it('lets kubectl take what its annotation says it applied', () => {
      const applied = apply(clientSide({ a: '1' }), configMap({ a: '2' }), 'kubectl');
      assert.deepEqual(applied.data, { a: '2' });
      assert.deepEqual(owned(applied, 'kubectl'), ['.data.a']);
      assert.equal(
        applied.metadata.annotations?.[LAST_APPLIED_ANNOTATION],
        '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"c","namespace":"default"}}\n',
      );
    });

    it('does not let kubectl take what was changed since', () => {
      const live = clientSide({ a: '1', b: '1' });
      const changed = update(live, { ...live, data: { a: 'x', b: '1' } }, 'you');
      assert.throws(() => apply(changed, configMap({ a: '2', b: '2' }), 'kubectl'), {
        message: 'Apply failed with 1 conflict: conflict with "you" using v1: .data.a',
      });
    });

    it('does not help other managers', () => {
      assert.throws(
        () => apply(clientSide({ a: '1' }), configMap({ a: '2' }), 'me'),
        /kubectl-client-side-apply/,
      );
    });
  });

  it('refuses another kind, managedFields, unknown fields and elements that are there twice', () => {
    const bad: readonly (readonly [KubeObject, string])[] = [
      [{ ...deployment({}), apiVersion: 'apps/v2' }, 'invalid object type: apps/v2, Kind=Deployment'],
      [
        { ...deployment({}), metadata: { name: 'web', managedFields: [] } },
        'metadata.managedFields must be nil',
      ],
      [
        deployment({ frob: 1 }),
        'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.frob: field not declared in schema',
      ],
      [
        deployment(pods(container('a', { env: [{ name: 'A' }, { name: 'A' }], frob: 1 }))),
        'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): errors:\n  .spec.template.spec.containers[name="a"].env: duplicate entries for key [name="A"]\n  .spec.template.spec.containers[name="a"].frob: field not declared in schema',
      ],
      [
        deployment(pods(container('a'), container('a'))),
        'failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="a"]',
      ],
    ];
    for (const [applied, message] of bad) {
      assert.throws(() => apply(undefined, applied, 'me'), { reason: 'BadRequest', message });
    }
  });

  const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'), {
    noNullPrototype: true,
  });
  const containers = fc.uniqueArray(
    fc.record(
      { name: fc.constantFrom('a', 'b', 'c', 'd'), image: fc.constantFrom('1', '2'), tty: fc.boolean() },
      { requiredKeys: ['name', 'image'], noNullPrototype: true },
    ),
    { selector: ({ name }) => name, maxLength: 4 },
  );

  it('brings about exactly what its only manager wants, and is idempotent', () => {
    fc.assert(
      fc.property(fc.array(containers, { minLength: 1, maxLength: 4 }), (wishes) => {
        let object: KubeObject | undefined;
        for (const wish of wishes) {
          object = apply(
            object,
            deployment({ replicas: 1, ...(wish.length > 0 ? pods(...wish) : {}) }),
            'me',
          );
          const { template } = object.spec as { template?: { spec?: { containers?: unknown[] } } };
          assert.deepEqual(template?.spec?.containers ?? [], wish);
          assert.deepEqual(
            apply(object, deployment({ replicas: 1, ...(wish.length > 0 ? pods(...wish) : {}) }), 'me', {
              at: later,
            }),
            object,
          );
        }
      }),
    );
  });

  it('gives two forceful managers the union of what they want, the later one winning', () => {
    fc.assert(
      fc.property(data, data, data, (first, second, third) => {
        let object = apply(undefined, configMap(first), 'me');
        object = apply(object, configMap(second), 'you', { force: true });
        assert.deepEqual(object.data ?? {}, { ...first, ...second });
        object = apply(object, configMap(third), 'me', { force: true });
        assert.deepEqual(object.data ?? {}, { ...second, ...third });
        for (const path of owned(object, 'me'))
          assert.ok(path.slice('.data.'.length) in third || path === '.data');
      }),
      { numRuns: 300 },
    );
  });
});
