import assert from 'node:assert/strict';
import test from 'node:test';
import { Object as TypedObject } from '@reckon/proto/reckon/v1/object.ts';
import fc from 'fast-check';
import { objectOf } from '../schema/arbitrary.ts';
import { loadSchema } from '../schema/load.ts';

const schema = loadSchema();

/** Member of the gRPC message for each kind that has one. */
const MEMBERS: readonly (readonly [member: keyof TypedObject, message: string])[] = [
  ['pod', 'core.v1.Pod'],
  ['namespace', 'core.v1.Namespace'],
  ['node', 'core.v1.Node'],
  ['configMap', 'core.v1.ConfigMap'],
  ['secret', 'core.v1.Secret'],
  ['serviceAccount', 'core.v1.ServiceAccount'],
  ['service', 'core.v1.Service'],
  ['endpoints', 'core.v1.Endpoints'],
  ['event', 'core.v1.Event'],
  ['binding', 'core.v1.Binding'],
  ['deployment', 'apps.v1.Deployment'],
  ['replicaSet', 'apps.v1.ReplicaSet'],
  ['replicationController', 'core.v1.ReplicationController'],
  ['podTemplate', 'core.v1.PodTemplate'],
  ['statefulSet', 'apps.v1.StatefulSet'],
  ['daemonSet', 'apps.v1.DaemonSet'],
  ['controllerRevision', 'apps.v1.ControllerRevision'],
  ['job', 'batch.v1.Job'],
  ['cronJob', 'batch.v1.CronJob'],
  ['podDisruptionBudget', 'policy.v1.PodDisruptionBudget'],
  ['persistentVolume', 'core.v1.PersistentVolume'],
  ['persistentVolumeClaim', 'core.v1.PersistentVolumeClaim'],
  ['resourceQuota', 'core.v1.ResourceQuota'],
  ['limitRange', 'core.v1.LimitRange'],
  ['componentStatus', 'core.v1.ComponentStatus'],
  ['role', 'rbac.v1.Role'],
  ['roleBinding', 'rbac.v1.RoleBinding'],
  ['clusterRole', 'rbac.v1.ClusterRole'],
  ['clusterRoleBinding', 'rbac.v1.ClusterRoleBinding'],
  ['priorityClass', 'scheduling.v1.PriorityClass'],
  ['runtimeClass', 'node.v1.RuntimeClass'],
  ['storageClass', 'storage.v1.StorageClass'],
  ['volumeAttachment', 'storage.v1.VolumeAttachment'],
  ['csiDriver', 'storage.v1.CSIDriver'],
  ['csiNode', 'storage.v1.CSINode'],
  ['csiStorageCapacity', 'storage.v1.CSIStorageCapacity'],
  ['ingress', 'networking.v1.Ingress'],
  ['ingressClass', 'networking.v1.IngressClass'],
  ['networkPolicy', 'networking.v1.NetworkPolicy'],
  ['ipAddress', 'networking.v1.IPAddress'],
  ['serviceCidr', 'networking.v1.ServiceCIDR'],
  ['horizontalPodAutoscaler', 'autoscaling.v2.HorizontalPodAutoscaler'],
  ['certificateSigningRequest', 'certificates.v1.CertificateSigningRequest'],
  ['horizontalPodAutoscalerV1', 'autoscaling.v1.HorizontalPodAutoscaler'],
  ['eventsEvent', 'events.v1.Event'],
  ['scale', 'autoscaling.v1.Scale'],
  ['endpointSlice', 'discovery.v1.EndpointSlice'],
  ['lease', 'coordination.v1.Lease'],
  ['eviction', 'policy.v1.Eviction'],
  ['tokenRequest', 'authentication.v1.TokenRequest'],
];

test('an object that goes through the typed gRPC form comes back the same', () => {
  for (const [member, message] of MEMBERS) {
    fc.assert(
      fc.property(objectOf(schema, `reckon.api.${message}`), (fields) => {
        const object = { ...fields, apiVersion: 'v1', kind: 'Any' };
        assert.deepEqual(TypedObject.decode(TypedObject.encode({ [member]: object }).finish()), {
          [member]: object,
        });
      }),
      { numRuns: 20 },
    );
  }
});

test('every served kind has a typed form', () => {
  const typed = new Set(MEMBERS.map(([, message]) => `reckon.api.${message}`));
  const kept = schema.resources.filter(({ keptAs }) => keptAs === undefined);
  for (const resource of kept) assert.ok(typed.has(resource.message), resource.message);
});
