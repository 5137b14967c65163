import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Frozen } from '@reckon/client';
import type { PodStatus } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import { silentLogger, VirtualClock } from '@reckon/service';
import type { StoredPod } from '../model.ts';
import { storedPod } from '../testing/pods.ts';
import { StatusWriter } from './status-writer.ts';

/** An API that merges a patch as `apply` says, each time at a new revision. */
function world(apply: (before: Frozen<PodStatus>, patch: Frozen<PodStatus>) => Frozen<PodStatus>) {
  let current: StoredPod = storedPod({ revision: 1 });
  const patches: Frozen<PodStatus>[] = [];
  const api = {
    patchPodStatus: async (_pod: unknown, patch: Frozen<PodStatus>): Promise<StoredPod> => {
      patches.push(patch);
      const status = apply(current.status ?? {}, patch);
      if (JSON.stringify(status) === JSON.stringify(current.status)) return current;
      const resourceVersion = String(Number(current.metadata.resourceVersion) + 1);
      return { ...current, status, metadata: { ...current.metadata, resourceVersion } };
    },
  };
  const writer = new StatusWriter({
    api,
    clock: new VirtualClock(),
    log: silentLogger,
    current: () => current,
    onWritten: (pod) => {
      current = pod;
    },
  });
  return { writer, patches, status: () => current.status };
}

describe('the status of a pod', () => {
  it('that is wanted in the very moment in which a write ends is written, too', async () => {
    const { writer, status } = world((before, patch) => ({ ...before, ...patch }));
    // However many turns of the microtask queue a write takes, one of these falls into its last.
    for (let turns = 0; turns < 40; turns++) {
      writer.write({ phase: 'Pending', message: `first ${turns}` });
      for (let turn = 0; turn < turns; turn++) await undefined;
      writer.write({ phase: 'Running', message: `second ${turns}` });
      await writer.flushed();
      assert.equal(status()?.message, `second ${turns}`, `after ${turns} turns`);
    }
  });

  it('that the API does not keep is not written for ever, but again when the object has changed', async () => {
    const { writer, patches } = world((before) => before);
    for (let i = 0; i < 3; i++) {
      writer.write({ phase: 'Running' });
      await writer.flushed();
    }
    assert.equal(patches.length, 1);
  });
});
