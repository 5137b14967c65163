import assert from 'node:assert/strict';
import test from 'node:test';
import { deepFreeze } from '../json/freeze.ts';
import { loadSchema } from '../schema/load.ts';
import { createUnknownCarrier } from './carry.ts';

const carry = createUnknownCarrier(loadSchema());
const POD = 'reckon.api.core.v1.Pod';

test('fields of a newer release survive a write of this one, in the items that they belong to', () => {
  const stored = deepFreeze({
    spec: {
      future: 1,
      containers: [
        { name: 'a', newer: [1] },
        { name: 'b', newer: [2] },
      ],
      nodeName: 'n',
    },
  });
  const next = deepFreeze({ spec: { containers: [{ name: 'b', image: 'i' }, { name: 'c' }] } });
  assert.deepEqual(carry(POD, stored, next), {
    spec: { future: 1, containers: [{ name: 'b', image: 'i', newer: [2] }, { name: 'c' }] },
  });
});

test('known fields that were taken away stay away, and nothing unknown means nothing changed', () => {
  const stored = deepFreeze({
    metadata: { labels: { a: 'b' } },
    spec: { nodeName: 'n', containers: [{ name: 'a' }] },
  });
  const next = deepFreeze({ metadata: {}, spec: { containers: [{ name: 'a' }] } });
  assert.equal(carry(POD, stored, next), next);
});
