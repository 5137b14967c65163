/** Planning time of one pass: `node services/scheduler/bench/plan.ts`. Prints one JSON line for each figure. */
import { systemClock } from '@reckon/service';
import { ClusterModel } from '../src/model/cluster-model.ts';
import { plan } from '../src/plan/plan.ts';
import { podRequestOf } from '../src/plan/pod-request.ts';
import { storedNode, storedPod } from '../src/testing/objects.ts';

for (const [pods, nodes] of [
  [1, 100],
  [1_000, 100],
  [1, 5_000],
  [1_000, 1_000],
] as const) {
  measure(pods, nodes);
}

function measure(podCount: number, nodeCount: number): void {
  const model = new ClusterModel();
  for (let i = 0; i < nodeCount; i++) {
    model.nodeSeen(storedNode(`node-${i}`, { cpu: '16', memory: '64Gi', labels: { zone: `z${i % 3}` } }));
  }
  const stored = Array.from({ length: podCount }, (_, i) =>
    storedPod(`pod-${i}`, {
      cpu: `${100 + (i % 7) * 50}m`,
      memory: `${64 * (1 + (i % 5))}Mi`,
      owner: `rs-${i % 50}`,
    }),
  );
  const startMs = systemClock.monotonicMs();
  const { assignments } = plan({ pods: stored.map(podRequestOf), nodes: model.nodes() });
  const ms = systemClock.monotonicMs() - startMs;
  const name = `plan ${podCount} pods on ${nodeCount} nodes (${assignments.length} assigned)`;
  process.stdout.write(`${JSON.stringify({ name, value: Math.round(ms * 10) / 10, unit: 'ms' })}\n`);
}
