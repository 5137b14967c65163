import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OrderedMap, prefixRange } from './ordered-map.ts';

const key = fc.string({ unit: fc.constantFrom('a', 'b', '-', '/', '.'), minLength: 1, maxLength: 4 });
const write = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constant('set' as const), key, value: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('delete' as const), key, value: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('snapshot' as const), key, value: fc.constant(0) }) },
);

function entriesOf(map: OrderedMap<number>, prefix = ''): [string, number][] {
  const found: [string, number][] = [];
  map.visit(prefixRange(prefix), (value, key) => {
    found.push([key, value]);
    return true;
  });
  return found;
}

function sorted(model: ReadonlyMap<string, number>, prefix = ''): [string, number][] {
  return [...model].filter(([key]) => key.startsWith(prefix)).sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

test('it holds what a plain map holds, in key order, and its snapshots never change', () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 200 }), key, (writes, prefix) => {
      const map = new OrderedMap<number>();
      const model = new Map<string, number>();
      const snapshots: [OrderedMap<number>, Map<string, number>][] = [];
      for (const { op, key, value } of writes) {
        if (op === 'set') {
          map.set(key, value);
          model.set(key, value);
        } else if (op === 'delete') {
          assert.equal(map.delete(key), model.delete(key));
        } else {
          snapshots.push([map.snapshot(), new Map(model)]);
        }
      }
      for (const [taken, then] of [...snapshots, [map, model] as const]) {
        assert.deepEqual(entriesOf(taken), sorted(then));
        assert.deepEqual(entriesOf(taken, prefix), sorted(then, prefix));
        assert.equal(taken.size, then.size);
        assert.equal(taken.count(prefixRange(prefix)), sorted(then, prefix).length);
        for (const [key, value] of then) assert.equal(taken.get(key), value);
      }
    }),
  );
});

test('thousands of keys keep their order over block splits, whatever the order of arrival', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...Array(3000).keys()]), (numbers) => {
      const map = new OrderedMap<number>();
      const from = OrderedMap.from(numbers.map((n) => [String(n), n] as const));
      for (const n of numbers) map.set(String(n), n);
      const expected = sorted(new Map(numbers.map((n) => [String(n), n])));
      assert.deepEqual(entriesOf(map), expected);
      assert.deepEqual(entriesOf(from), expected);
      for (const n of numbers) assert.ok(map.delete(String(n)));
      assert.deepEqual(entriesOf(map), []);
    }),
    { numRuns: 10 },
  );
});

test('a snapshot can itself be written without showing in the original', () => {
  const map = OrderedMap.from<number>([['a', 1]]);
  const copy = map.snapshot();
  copy.set('b', 2);
  copy.delete('a');
  assert.deepEqual(entriesOf(map), [['a', 1]]);
  assert.deepEqual(entriesOf(copy), [['b', 2]]);
});
