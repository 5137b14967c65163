/**
 * How fast the parts of a controller are that every change passes: `node libs/client/bench/queue-and-projection.ts`.
 * Prints one JSON line for each figure.
 */
import type { LogRecord } from '@reckon/api';
import { systemClock } from '@reckon/service';
import { ProjectionState } from '../src/projection/state.ts';
import { WorkQueue } from '../src/queue/work-queue.ts';
import { LEASES, PODS } from '../src/resources.ts';

const encoder = new TextEncoder();

await workQueue(1_000_000);
projection('pods, nobody looks', 300_000, () => {});
projection('pods, everything is parsed and frozen', 300_000, (state, record) => {
  state.get(PODS, record.key.namespace, record.key.name);
});
projection('pods, indexed by owner, node and label', 300_000, (state, record) => {
  if (record.rev > 1) return;
  state.ownedBy(PODS, 'x');
  state.onNode(PODS, 'x');
});
projection('heartbeats, nobody looks', 300_000, () => {}, leaseRecord);

async function workQueue(count: number): Promise<void> {
  const queue = new WorkQueue({ clock: systemClock });
  const startMs = systemClock.monotonicMs();
  for (let i = 0; i < count; i++) {
    queue.add(`default/pod-${i % 5_000}`, i);
    if (i % 4 !== 3) continue;
    const work = await queue.take();
    if (work) queue.done(work.key);
  }
  report('work queue', 'operations/s', count / seconds(startMs));
}

function projection(
  name: string,
  count: number,
  look: (state: ProjectionState, record: LogRecord) => void,
  make: (rev: number) => LogRecord = podRecord,
): void {
  const state = new ProjectionState([PODS, LEASES]);
  const records = Array.from({ length: count }, (_, at) => make(at + 1));
  const startMs = systemClock.monotonicMs();
  for (const record of records) {
    state.apply(record, startMs);
    look(state, record);
  }
  report(`projection: ${name}`, 'records/s', count / seconds(startMs));
}

function podRecord(rev: number): LogRecord {
  const name = `web-${rev % 10_000}`;
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'web', 'pod-template-hash': 'abc' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: `rs-${rev % 100}`, controller: true },
      ],
    },
    spec: {
      nodeName: `node-${rev % 100}`,
      restartPolicy: 'Always',
      containers: [
        {
          name: 'c',
          image: 'spring-server:latest',
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
        },
      ],
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
    },
    status: {
      phase: 'Running',
      podIP: '10.244.0.7',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  };
  return record(rev, { resource: 'pods', namespace: 'default', name }, object);
}

function leaseRecord(rev: number): LogRecord {
  const name = `node-${rev % 1_000}`;
  const metadata = { name, namespace: 'kube-node-lease', uid: `uid-${name}` };
  const spec = { holderIdentity: name, renewTime: `2026-01-01T00:00:00.${rev}Z` };
  const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
  return record(rev, { resource: LEASES.groupResource, namespace: 'kube-node-lease', name }, object);
}

function record(
  rev: number,
  key: LogRecord['key'],
  object: { readonly metadata: { readonly uid: string } },
): LogRecord {
  return {
    rev,
    atMs: rev,
    key,
    uid: object.metadata.uid,
    op: 'update',
    body: encoder.encode(JSON.stringify(object)),
    prevRev: 0,
    provenance: { actor: 'bench', requestId: 'bench' },
    schemaVersion: 1,
  };
}

function seconds(startMs: number): number {
  return (systemClock.monotonicMs() - startMs) / 1_000;
}

function report(name: string, unit: string, value: number): void {
  process.stdout.write(`${JSON.stringify({ name, value: Math.round(value), unit })}\n`);
}
