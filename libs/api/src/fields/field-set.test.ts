import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { deepFreeze } from '../json/freeze.ts';
import {
  differenceOf,
  type FieldSet,
  intersectionOf,
  isFieldSet,
  pathsOf,
  sameSet,
  unionOf,
  withoutTopFields,
} from './field-set.ts';

/** A set of paths, each a list of names, as a tree. */
function setOf(paths: readonly (readonly string[])[]): FieldSet {
  interface Tree {
    member: boolean;
    readonly below: Map<string, Tree>;
  }
  const root: Tree = { member: false, below: new Map() };
  for (const path of paths) {
    let node = root;
    for (const name of path) {
      const next: Tree = node.below.get(name) ?? { member: false, below: new Map() };
      node.below.set(name, next);
      node = next;
    }
    node.member = true;
  }
  const write = ({ member, below }: Tree): FieldSet => ({
    ...(member && below.size > 0 ? { '.': {} } : {}),
    ...Object.fromEntries([...below].map(([name, tree]) => [`f:${name}`, write(tree)])),
  });
  return deepFreeze(write(root));
}

const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
const paths = fc.uniqueArray(path, { selector: (one) => one.join('.'), maxLength: 12 });
const texts = (list: readonly (readonly string[])[]): readonly string[] =>
  list.map((one) => `.${one.join('.')}`).sort();

describe('field sets', () => {
  it('are shown as paths', () => {
    const set: FieldSet = {
      'f:spec': {
        'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {} } },
        'f:ports': { 'k:{"port":80,"protocol":"TCP"}': {} },
      },
      'f:metadata': { 'f:finalizers': { 'v:"a"': {} } },
    };
    assert.deepEqual(pathsOf(set), [
      '.metadata.finalizers[="a"]',
      '.spec.containers[name="web"]',
      '.spec.containers[name="web"].image',
      '.spec.ports[port=80,protocol="TCP"]',
    ]);
  });

  it('unite, intersect and differ as sets of paths do', () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const [a, b] = [setOf(left), setOf(right)];
        const [inA, inB] = [new Set(texts(left)), new Set(texts(right))];
        assert.deepEqual([...pathsOf(unionOf(a, b))].sort(), [...inA.union(inB)].sort());
        assert.deepEqual([...pathsOf(intersectionOf(a, b))].sort(), [...inA.intersection(inB)].sort());
        assert.deepEqual([...pathsOf(differenceOf(a, b))].sort(), [...inA.difference(inB)].sort());
        assert.equal(sameSet(a, b), inA.symmetricDifference(inB).size === 0);
      }),
      { numRuns: 500 },
    );
  });

  it('are given back as they are when nothing changes', () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const a = setOf(left);
        const b = setOf(right.map((one) => ['other', ...one]));
        assert.equal(differenceOf(a, b), a);
        assert.equal(unionOf(a, setOf(left.slice(0, 1))), a);
      }),
    );
  });

  it('lose a field with all that is below it', () => {
    const set = setOf([['spec', 'a'], ['status', 'b'], ['status']]);
    assert.deepEqual(withoutTopFields(set, ['f:status']), { 'f:spec': { 'f:a': {} } });
    assert.equal(withoutTopFields(set, ['f:absent']), set);
  });

  it('from outside are looked at', () => {
    assert.equal(isFieldSet({ 'f:a': { '.': {}, 'k:{"name":"x"}': {}, 'v:1': {} } }), true);
    assert.equal(isFieldSet({ a: {} }), false);
    assert.equal(isFieldSet({ 'k:{name}': {} }), false);
    assert.equal(isFieldSet({ 'f:a': 1 }), false);
    assert.equal(isFieldSet([]), false);
  });
});
