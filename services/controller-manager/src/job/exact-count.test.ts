import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '@reckon/api';
import { InterceptedApi, JOBS, PODS } from '@reckon/client';
import { job } from '../testing/objects.ts';
import { VirtualCluster } from '../testing/virtual-cluster.ts';
import { COMPLETION_INDEX } from './types.ts';

const NAME = { namespace: 'default', name: 'sum' };
type Mode = 'Indexed' | 'NonIndexed';
interface Crash {
  readonly moment: 'before' | 'after';
  /** Of the controllers' writes of Jobs and their pods: the first is 1. */
  readonly write: number;
}

/** Runs a Job of three, whose first pod fails, and kills the controllers once. The number of writes it took. */
async function runJob(mode: Mode, crash: Crash | undefined): Promise<number> {
  const cluster = new VirtualCluster();
  const seen = new Set<string>();
  let writes = 0;
  let crashed = false;
  const fault = (moment: Crash['moment']) => (call: { readonly resource: string }) => {
    const counted = call.resource === 'jobs.batch' || call.resource === 'pods';
    if (moment === 'before' && counted) writes += 1;
    if (counted && moment === crash?.moment && writes === crash.write) crashed = true;
    if (crashed) throw new ApiError('ServiceUnavailable', 'the process is dead');
  };
  cluster.controllerApi = new InterceptedApi(cluster.api, { before: fault('before'), after: fault('after') });
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
  for (let step = 0; step < 25; step++) {
    await cluster.run(600);
    if (!crashed) continue;
    crashed = false;
    writes += 1_000;
    await cluster.restartControllers();
  }
  const { status } = await cluster.api.get(JOBS, NAME);
  const { items: pods } = await cluster.api.list(PODS);
  const at = `${mode} ${crash ? `${crash.moment} write ${crash.write}` : 'without a crash'}`;
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
  await cluster.stop();
  return writes;
}

describe('a Job whose controller is killed', () => {
  for (const mode of ['NonIndexed', 'Indexed'] as const) {
    it(`counts every pod once, before or after whichever write it was (${mode})`, async () => {
      const total = await runJob(mode, undefined);
      assert.ok(total >= 12, `${total} writes`);
      for (let write = 1; write <= total; write++) {
        await runJob(mode, { moment: 'before', write });
        await runJob(mode, { moment: 'after', write });
      }
    });
  }
});
