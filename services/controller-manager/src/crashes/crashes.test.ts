import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withEveryCrash } from '../testing/crashing.ts';
import { CLUSTER_SCENES } from './cluster.ts';
import { DEPLOYMENT_SCENES } from './deployments.ts';
import { NODE_SCENES } from './nodes.ts';
import { REPLICA_SCENES } from './replicas.ts';
import { WORKLOAD_SCENES } from './workloads.ts';

const SCENES = [
  ...DEPLOYMENT_SCENES,
  ...REPLICA_SCENES,
  ...WORKLOAD_SCENES,
  ...CLUSTER_SCENES,
  ...NODE_SCENES,
];

describe('controllers that are killed before or after any of their writes come to the same end', () => {
  for (const { name, resources, leastWrites, play } of SCENES) {
    it(name, async () => {
      const writes = await withEveryCrash(resources, play);
      assert.ok(writes >= leastWrites, `${writes} writes`);
    });
  }
});
