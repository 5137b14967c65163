import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSchema } from '../schema/load.ts';
import { withoutEmptied } from './emptied.ts';

const schema = loadSchema();

interface Case {
  readonly is: string;
  readonly message: string;
  readonly before: object;
  readonly after: object;
  readonly expected: object;
}

const CASES: readonly Case[] = [
  {
    is: 'a map that lost its last entry, at whatever depth',
    message: 'core.v1.ConfigMap',
    before: { metadata: { name: 'a', labels: { x: 'y' } }, data: { k: 'v' } },
    after: { metadata: { name: 'a', labels: {} }, data: {} },
    expected: { metadata: { name: 'a' } },
  },
  {
    is: 'a list that lost its last item',
    message: 'core.v1.PodSpec',
    before: { containers: [], volumes: [{ name: 'v' }] },
    after: { containers: [], volumes: [] },
    expected: { containers: [] },
  },
];

const KEPT: readonly Case[] = [
  {
    is: 'a message that lost its last field',
    message: 'core.v1.Volume',
    before: { name: 'v', emptyDir: { medium: 'Memory' } },
    after: { name: 'v', emptyDir: {} },
    expected: { name: 'v', emptyDir: {} },
  },
  {
    is: 'a list that has to be there',
    message: 'core.v1.PodSpec',
    before: { containers: [{ name: 'c' }] },
    after: { containers: [] },
    expected: { containers: [] },
  },
  {
    is: 'the list of managers, which is reset so,',
    message: 'meta.v1.ObjectMeta',
    before: { managedFields: [{ manager: 'm' }] },
    after: { managedFields: [] },
    expected: { managedFields: [] },
  },
  {
    is: 'what was empty before',
    message: 'core.v1.ConfigMap',
    before: { data: {} },
    after: { data: {}, immutable: true },
    expected: { data: {}, immutable: true },
  },
];

describe('of what a patch emptied', () => {
  const check = ({ message, before, after, expected }: Case) => {
    const of = schema.message(`reckon.api.${message}`);
    assert.deepEqual(withoutEmptied(schema, of, { before: { ...before }, after: { ...after } }), expected);
  };
  for (const row of CASES) it(`${row.is} goes`, () => check(row));
  for (const row of KEPT) it(`${row.is} stays`, () => check(row));
});
