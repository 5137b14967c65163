import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JOBS, PODS } from '@reckon/client';
import { type CrashRun, withEveryCrash } from '../testing/crashing.ts';
import { job } from '../testing/objects.ts';
import { COMPLETION_INDEX } from './types.ts';

const NAME = { namespace: 'default', name: 'sum' };
type Mode = 'Indexed' | 'NonIndexed';

/** A Job of three, whose first pod fails. */
async function runJob(mode: Mode, { cluster, run, name: at }: CrashRun): Promise<void> {
  const seen = new Set<string>();
  let failing = true;
  cluster.outcome = () => {
    const phase = failing ? 'Failed' : 'Succeeded';
    failing = false;
    return phase;
  };
  cluster.onStep = (pods) => {
    for (const { metadata } of pods) seen.add(metadata.uid);
  };
  await cluster.start(['node-1']);
  const { spec } = job({ completionMode: mode });
  await cluster.api.create(JOBS, { apiVersion: 'batch/v1', kind: 'Job', metadata: NAME, spec });
  await run(15_000);
  const { status } = await cluster.api.get(JOBS, NAME);
  const { items: pods } = await cluster.api.list(PODS);
  assert.deepEqual(
    { succeeded: status?.succeeded, failed: status?.failed, left: status?.uncountedTerminatedPods },
    { succeeded: 3, failed: 1, left: {} },
    at,
  );
  assert.ok(
    status?.conditions?.some(({ type }) => type === 'Complete'),
    at,
  );
  assert.equal(pods.filter(({ metadata }) => metadata.finalizers?.length).length, 0, at);
  assert.equal(seen.size, 4, `${at}: as many pods as were needed`);
  if (mode === 'Indexed') {
    assert.equal(status?.completedIndexes, '0-2', at);
    const indexes = pods.map(({ metadata }) => metadata.annotations?.[COMPLETION_INDEX]);
    assert.deepEqual([...new Set(indexes)].sort(), ['0', '1', '2'], at);
  }
}

describe('a Job whose controller is killed', () => {
  for (const mode of ['NonIndexed', 'Indexed'] as const) {
    it(`counts every pod once, before or after whichever write it was (${mode})`, async () => {
      const total = await withEveryCrash(['jobs.batch', 'pods'], (run) => runJob(mode, run));
      assert.ok(total >= 12, `${total} writes`);
    });
  }
});
