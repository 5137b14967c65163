import { metadataKeptByStatus, semanticEqual } from '@reckon/api';
import { CERTIFICATE_SIGNING_REQUEST_STRATEGY } from './certificate-signing-request.ts';
import { JOB_STRATEGY } from './job.ts';
import { PLAIN_STRATEGY, statusStrategy, withGeneration } from './ordinary.ts';
import type { Strategy } from './types.ts';

/** Counters that are always shown. */
const NOTHING_SCHEDULED = {
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
};
const NOTHING_ALLOWED = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };

/** Kinds whose status is written by the services of the cluster. */
export const WORKLOAD_KINDS: readonly (readonly [string, Strategy])[] = [
  ['replicasets.apps', statusStrategy({ generation: true, initialStatus: { replicas: 0 } })],
  // A Deployment's annotations are part of what is wanted: they are copied to its ReplicaSets.
  [
    'deployments.apps',
    statusStrategy({
      generation: true,
      annotationsCount: true,
      initialStatus: {},
      statusKeeps: metadataKeptByStatus('deployments.apps'),
    }),
  ],
  [
    'replicationcontrollers',
    { ...statusStrategy({ generation: true, initialStatus: { replicas: 0 } }), orphansByDefault: {} },
  ],
  ['statefulsets.apps', statusStrategy({ generation: true, initialStatus: { replicas: 0 } })],
  ['daemonsets.apps', statusStrategy({ generation: true, initialStatus: NOTHING_SCHEDULED })],
  ['jobs.batch', JOB_STRATEGY],
  ['cronjobs.batch', statusStrategy({ generation: true, initialStatus: {} })],
  ['poddisruptionbudgets.policy', statusStrategy({ generation: true, initialStatus: NOTHING_ALLOWED })],
  ['podtemplates', generationOf('template')],
  ['persistentvolumes', statusStrategy({ generation: false, initialStatus: { phase: 'Pending' } })],
  ['persistentvolumeclaims', statusStrategy({ generation: false, initialStatus: { phase: 'Pending' } })],
  ['resourcequotas', statusStrategy({ generation: false, initialStatus: {} })],
  [
    'volumeattachments.storage.k8s.io',
    statusStrategy({
      generation: false,
      initialStatus: { attached: false },
      statusKeeps: metadataKeptByStatus('volumeattachments.storage.k8s.io'),
    }),
  ],
  ['ingresses.networking.k8s.io', statusStrategy({ generation: true, initialStatus: { loadBalancer: {} } })],
  [
    'servicecidrs.networking.k8s.io',
    statusStrategy({
      generation: true,
      initialStatus: {},
      statusKeeps: metadataKeptByStatus('servicecidrs.networking.k8s.io'),
    }),
  ],
  [
    'horizontalpodautoscalers.autoscaling',
    statusStrategy({ generation: false, initialStatus: { desiredReplicas: 0 } }),
  ],
  ['certificatesigningrequests.certificates.k8s.io', CERTIFICATE_SIGNING_REQUEST_STRATEGY],
  ['ingressclasses.networking.k8s.io', generationOf('spec')],
  ['networkpolicies.networking.k8s.io', generationOf('spec')],
  ['nodes', nodeStrategy()],
];

/** A node agent registers its Node with the status that it has, and may label it while it writes status. */
function nodeStrategy(): Strategy {
  const strategy = statusStrategy({ generation: false });
  return { ...strategy, create: PLAIN_STRATEGY.create };
}

/** A kind without status that counts the changes of one field. */
function generationOf(field: string): Strategy {
  return {
    ...PLAIN_STRATEGY,
    create: (object) => withGeneration(object, 1),
    update: (object, current) => {
      const changed = semanticEqual(object[field], current[field]) ? 0 : 1;
      return withGeneration(object, (current.metadata.generation ?? 0) + changed);
    },
  };
}
