import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../../errors/api-error.ts';
import { deepFreeze } from '../../json/freeze.ts';
import { loadSchema } from '../../schema/load.ts';
import { applyStrategicMergePatch } from './merge.ts';

const schema = loadSchema();

function merge(message: string, target: Record<string, unknown>, patch: unknown): unknown {
  return applyStrategicMergePatch({
    schema,
    message: `reckon.api.${message}`,
    target: deepFreeze(target),
    patch: deepFreeze(patch),
  });
}
const pod = (target: Record<string, unknown>, patch: unknown): unknown =>
  merge('core.v1.PodSpec', target, patch);

interface Case {
  readonly is: string;
  readonly target: Record<string, unknown>;
  readonly patch: Record<string, unknown>;
  readonly expected: unknown;
  readonly message?: string;
}

describe('strategic merge patch', () => {
  const cases: readonly Case[] = [
    {
      is: 'merges containers by name, the patched ones where they were',
      target: {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '1' },
        ],
      },
      patch: {
        containers: [
          { name: 'b', image: '2' },
          { name: 'c', image: '3' },
        ],
      },
      expected: {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '2' },
          { name: 'c', image: '3' },
        ],
      },
    },
    {
      is: 'removes with null, and forgets nulls that match nothing',
      target: { nodeName: 'n', hostname: 'h' },
      patch: { nodeName: null, subdomain: null, securityContext: { runAsUser: null, fsGroup: 1 } },
      expected: { hostname: 'h', securityContext: { fsGroup: 1 } },
    },
    {
      is: 'deletes an element of a list with $patch: delete',
      target: { containers: [{ name: 'a' }, { name: 'b' }] },
      patch: { containers: [{ name: 'a', $patch: 'delete' }] },
      expected: { containers: [{ name: 'b' }] },
    },
    {
      is: 'replaces a list with $patch: replace in an element',
      target: { containers: [{ name: 'a' }, { name: 'b' }] },
      patch: { containers: [{ name: 'c' }, { $patch: 'replace' }] },
      expected: { containers: [{ name: 'c' }] },
    },
    {
      is: 'replaces an object with $patch: replace',
      target: { nodeSelector: { a: '1', b: '2' } },
      patch: { nodeSelector: { $patch: 'replace', c: '3' } },
      expected: { nodeSelector: { c: '3' } },
    },
    {
      is: 'empties an object with $patch: delete',
      target: { securityContext: { fsGroup: 1 } },
      patch: { securityContext: { $patch: 'delete' } },
      expected: { securityContext: {} },
    },
    {
      is: 'replaces a list that the schema does not merge',
      target: { tolerations: [{ key: 'a' }, { key: 'b' }] },
      patch: { tolerations: [{ key: 'c' }] },
      expected: { tolerations: [{ key: 'c' }] },
    },
    {
      is: 'keeps only the named fields with $retainKeys',
      message: 'apps.v1.DeploymentSpec',
      target: { replicas: 1, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
      patch: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      expected: { replicas: 1, strategy: { type: 'Recreate' } },
    },
    {
      is: 'changes the source of a volume, as kubectl sends it',
      target: {
        volumes: [
          { name: 'v', emptyDir: {} },
          { name: 'w', emptyDir: {} },
        ],
      },
      patch: {
        $setElementOrder: undefined,
        volumes: [
          { $retainKeys: ['name', 'configMap'], name: 'v', configMap: { name: 'c' }, emptyDir: null },
        ],
      },
      expected: {
        volumes: [
          { name: 'v', configMap: { name: 'c' } },
          { name: 'w', emptyDir: {} },
        ],
      },
    },
    {
      is: 'adds to and deletes from a merged list of scalars',
      message: 'meta.v1.ObjectMeta',
      target: { finalizers: ['a', 'b'] },
      patch: { finalizers: ['c', 'b'], '$deleteFromPrimitiveList/finalizers': ['a'] },
      expected: { finalizers: ['c', 'b'] },
    },
    {
      is: 'puts a list in the order that is asked for, the server’s own elements where they stood',
      target: { containers: [{ name: 'a' }, { name: 'sidecar' }, { name: 'b' }] },
      patch: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }, { name: 'new' }],
        containers: [{ name: 'new', image: 'x' }],
      },
      expected: {
        containers: [{ name: 'sidecar' }, { name: 'b' }, { name: 'a' }, { name: 'new', image: 'x' }],
      },
    },
    {
      is: 'counts a new element as standing where a deleted one stood',
      target: { containers: [{ name: 'old' }, { name: 'a' }, { name: 'sidecar' }, { name: 'gone' }] },
      patch: {
        '$setElementOrder/containers': [{ name: 'new' }, { name: 'a' }],
        containers: [{ name: 'new' }, { name: 'old', $patch: 'delete' }, { name: 'gone', $patch: 'delete' }],
      },
      expected: { containers: [{ name: 'sidecar' }, { name: 'new' }, { name: 'a' }] },
    },
    {
      is: 'does not look at the place of elements with directives',
      target: { containers: [{ name: 'a' }] },
      patch: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }],
        containers: [{ name: 'c', $patch: 'replace' }, { name: 'b' }],
      },
      expected: { containers: [{ name: 'b' }] },
    },
    {
      is: 'only reorders when nothing else is in the patch',
      target: { containers: [{ name: 'a' }, { name: 'b' }] },
      patch: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
      expected: { containers: [{ name: 'b' }, { name: 'a' }] },
    },
    {
      is: 'merges what kubectl apply sends for a changed environment',
      target: {
        containers: [
          {
            name: 'a',
            image: 'i',
            env: [
              { name: 'X', value: '1' },
              { name: 'Y', value: '2' },
            ],
          },
        ],
      },
      patch: {
        '$setElementOrder/containers': [{ name: 'a' }],
        containers: [
          {
            '$setElementOrder/env': [{ name: 'X' }, { name: 'Z' }],
            env: [
              { name: 'Z', value: '3' },
              { $patch: 'delete', name: 'Y' },
            ],
            name: 'a',
          },
        ],
      },
      expected: {
        containers: [
          {
            name: 'a',
            image: 'i',
            env: [
              { name: 'X', value: '1' },
              { name: 'Z', value: '3' },
            ],
          },
        ],
      },
    },
    {
      is: 'takes new objects and lists without their directives',
      target: {},
      patch: {
        containers: [
          { name: 'a', $patch: 'delete' },
          { name: 'b', env: [{ name: 'E', $patch: 'delete' }] },
        ],
        affinity: { $patch: 'delete' },
        '$setElementOrder/volumes': [{ name: 'v' }],
      },
      expected: { containers: [{ name: 'b', env: [] }] },
    },
    {
      is: 'merges maps of strings',
      message: 'core.v1.ConfigMap',
      target: { data: { a: '1', b: '2' } },
      patch: { data: { b: null, c: '3' } },
      expected: { data: { a: '1', c: '3' } },
    },
    {
      is: 'merges the ports of a Service by port',
      message: 'core.v1.ServiceSpec',
      target: { ports: [{ port: 80, nodePort: 30000 }] },
      patch: { ports: [{ port: 80, targetPort: 'http' }] },
      expected: { ports: [{ port: 80, nodePort: 30000, targetPort: 'http' }] },
    },
  ];
  for (const { is, message, target, patch, expected } of cases) {
    it(is, () => assert.deepEqual(merge(message ?? 'core.v1.PodSpec', target, patch), expected));
  }

  it('does not merge with the list when both the list and its order say null', () => {
    assert.deepEqual(
      pod({ containers: [{ name: 'a' }] }, { containers: null, '$setElementOrder/containers': [] }),
      {},
    );
  });

  const refused: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ containers: [{ image: 'x' }] }, 'map: map[image:x] does not contain declared merge key: name'],
    [
      { containers: [{ name: 'a', $patch: 'frob' }] },
      'unknown patch type: frob in map: map[$patch:frob name:a]',
    ],
    [{ containers: [{ name: 'a', $patch: 'merge' }] }, 'merging lists cannot yet be specified in the patch'],
    [
      {
        containers: [{ name: 'b' }, { name: 'a' }],
        '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }],
      },
      "The order in patch list:\n[map[name:b] map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:a] map[name:b]]\n",
    ],
  ];
  for (const [patch, why] of refused) {
    it(`answers 422 where ${why.split('\n')[0]}`, () => {
      assert.throws(
        () => pod({ containers: [{ name: 'a' }] }, patch),
        (error) =>
          error instanceof ApiError &&
          error.reason === 'Invalid' &&
          error.details.causes?.[0]?.message === why,
      );
    });
  }

  const malformed: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ '$deleteFromPrimitiveList/containers': 'x' }, 'invalid patch format of primitive list'],
    [{ '$setElementOrder/containers': 'x' }, 'invalid patch format of setElementOrder list'],
    [{ $retainKeys: ['a'], nodeName: 'x' }, 'invalid patch format of retainKeys'],
  ];
  for (const [patch, message] of malformed) {
    it(`answers 400 with: ${message}`, () => {
      assert.throws(() => pod({ containers: [{ name: 'a' }] }, patch), { reason: 'BadRequest', message });
    });
  }

  /** What kubectl makes of two container lists: changes, deletions, and the order that is wanted. */
  function diffContainers(
    before: readonly Container[],
    after: readonly Container[],
  ): Record<string, unknown> {
    const changed = after.filter((one) => before.find((old) => old.name === one.name)?.image !== one.image);
    const deleted = before
      .filter((old) => !after.some((one) => one.name === old.name))
      .map(({ name }) => ({ name, $patch: 'delete' }));
    return {
      '$setElementOrder/containers': after.map(({ name }) => ({ name })),
      containers: [...changed, ...deleted],
    };
  }
  interface Container {
    readonly name: string;
    readonly image: string;
  }
  const containers = fc.uniqueArray(
    fc.record(
      { name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), image: fc.constantFrom('1', '2') },
      { noNullPrototype: true },
    ),
    { selector: ({ name }) => name, maxLength: 5 },
  );

  it('brings about what a difference was made from, in its order', () => {
    fc.assert(
      fc.property(containers, containers, (before, after) => {
        const patch = diffContainers(before, after);
        assert.deepEqual(pod({ containers: before }, patch), { containers: after });
      }),
      { numRuns: 500 },
    );
  });

  it('changes nothing when applied twice', () => {
    fc.assert(
      fc.property(containers, containers, (before, changes) => {
        const patch = { containers: changes };
        const once = pod({ containers: before }, patch) as Record<string, unknown>;
        assert.deepEqual(pod(once, patch), once);
      }),
    );
  });

  it('keeps the server’s own elements in their order', () => {
    fc.assert(
      fc.property(containers, containers, (before, wanted) => {
        const patch = {
          '$setElementOrder/containers': wanted.map(({ name }) => ({ name })),
          containers: wanted,
        };
        const { containers: result } = pod({ containers: before }, patch) as { containers: Container[] };
        const isWanted = ({ name }: Container): boolean => wanted.some((one) => one.name === name);
        assert.deepEqual(
          result.filter((one) => !isWanted(one)),
          before.filter((one) => !isWanted(one)),
        );
        assert.deepEqual(result.filter(isWanted), wanted);
      }),
    );
  });
});
