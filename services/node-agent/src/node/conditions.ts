import type { Frozen } from '@reckon/client';
import type { NodeCondition } from '@reckon/proto/reckon/api/core/v1/node.ts';
import { rfc3339 } from '../pod/status/time.ts';
import type { MachinePressure } from './machine.ts';

/** The kubelet's hard eviction thresholds. */
const MIN_MEMORY_BYTES = 100 * 1024 * 1024;
const MIN_DISK_SHARE = 0.1;
const MAX_PID_SHARE = 0.95;

export interface NodeHealth {
  readonly pressure: MachinePressure;
  /** What keeps the node from running pods; empty if nothing does. */
  readonly problems: readonly string[];
}

type Condition = Frozen<NodeCondition>;

/** The node's conditions. `before` gives the times of transitions that did not happen now. */
export function nodeConditions(
  { pressure, problems }: NodeHealth,
  before: readonly Condition[],
  nowMs: number,
): readonly Condition[] {
  const memoryLow = pressure.memoryAvailableBytes < MIN_MEMORY_BYTES;
  const diskLow = pressure.diskAvailableBytes < pressure.diskBytes * MIN_DISK_SHARE;
  const pidsLow = pressure.pids > pressure.maxPids * MAX_PID_SHARE;
  const verdicts = [
    memoryLow
      ? verdict(
          'MemoryPressure',
          'True',
          'KubeletHasInsufficientMemory',
          'kubelet has insufficient memory available',
        )
      : verdict(
          'MemoryPressure',
          'False',
          'KubeletHasSufficientMemory',
          'kubelet has sufficient memory available',
        ),
    diskLow
      ? verdict('DiskPressure', 'True', 'KubeletHasDiskPressure', 'kubelet has disk pressure')
      : verdict('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    pidsLow
      ? verdict('PIDPressure', 'True', 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available')
      : verdict('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    problems.length > 0
      ? verdict('Ready', 'False', 'KubeletNotReady', problems.join(', '))
      : verdict('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ];
  const now = rfc3339(nowMs);
  return verdicts.map((next) => {
    const last = before.find((each) => each.type === next.type);
    const lastTransitionTime = last?.status === next.status ? (last.lastTransitionTime ?? now) : now;
    return { ...next, lastHeartbeatTime: now, lastTransitionTime };
  });
}

function verdict(type: string, status: 'True' | 'False', reason: string, message: string) {
  return { type, status, reason, message };
}
