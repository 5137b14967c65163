import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSchema } from '@reckon/api/schema/load.ts';
import type { ResourceType } from '@reckon/client/types.ts';
import * as kinds from './kinds.ts';

const known = Object.values(kinds).flatMap((each): ResourceType[] =>
  typeof each === 'object' ? [each] : [],
);

const described = (one: Omit<ResourceType, 'groupResource' | 'object'>) => {
  const { group, version, resource, kind, namespaced } = one;
  return { group, version, resource, kind, namespaced };
};

/** Shown under other names (`EVENTS`) or in a newer version, and the state of the components. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'events.events.k8s.io/v1',
  'horizontalpodautoscalers.autoscaling/v1',
  'componentstatuses/v1',
]);

test('every kind that is kept has a constant, which says of it what the schema does', () => {
  const kept = loadSchema().resources.filter(
    ({ keptAs, groupResource, version, verbs }) =>
      keptAs === undefined && verbs.includes('list') && !ELSEWHERE.has(`${groupResource}/${version}`),
  );
  const byName = (a: { readonly resource: string }, b: { readonly resource: string }) =>
    a.resource < b.resource ? -1 : 1;
  assert.deepEqual(known.map(described).sort(byName), kept.map(described).sort(byName));
});
