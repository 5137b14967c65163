/** Says in every ResourceQuota how much of it is used: what is created is charged at once, what goes is given back here. */
import { countName, isPodFinished } from '@reckon/api';
import {
  type Change,
  type Controller,
  EVENTS,
  keyOf,
  LEASES,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  parseKey,
  RESOURCE_QUOTAS,
  type ResourceType,
  SERVICES,
  watch,
  watchSelf,
} from '@reckon/client';
import { NAMESPACED_RESOURCES, type StoredPod, type StoredResourceQuota } from '../resources.ts';
import { planResourceQuota, type QuotaObserved } from './plan.ts';

/** Heartbeats and events come and go too often to be worth a count each time; they are counted with the rest. */
const COUNTED = NAMESPACED_RESOURCES.filter((resource) => resource !== LEASES && resource !== EVENTS);

export const resourceQuotaController: Controller<StoredResourceQuota, QuotaObserved> = {
  name: 'resourcequota-controller',
  watches: [
    watchSelf(RESOURCE_QUOTAS),
    ...COUNTED.map((resource) =>
      watch(resource, (change, snapshot) => {
        if (!mayChangeUsage(change)) return [];
        return snapshot
          .list(RESOURCE_QUOTAS, change.object.metadata.namespace ?? '')
          .filter((quota) => concerns(quota, resource))
          .map(keyOf);
      }),
    ),
  ],
  observe(snapshot, key) {
    const { namespace, name } = parseKey(key);
    const desired = snapshot.get(RESOURCE_QUOTAS, namespace, name);
    if (!desired || desired.metadata.deletionTimestamp) return undefined;
    const counted = NAMESPACED_RESOURCES.filter((resource) => concerns(desired, resource));
    const observed = new Map(
      counted.map((resource) => [resource.groupResource, snapshot.list(resource, namespace)]),
    );
    return { desired, observed };
  },
  plan: planResourceQuota,
};

/** A pod counts until it ends; of Services and claims the size may change; all others only come and go. */
function mayChangeUsage({ operation, previous, object, resource }: Change): boolean {
  if (operation === 'delete' || !previous) return true;
  if (resource.groupResource === SERVICES.groupResource) return true;
  if (resource.groupResource === PERSISTENT_VOLUME_CLAIMS.groupResource) return true;
  if (resource.groupResource !== PODS.groupResource) return false;
  const [before, after]: readonly StoredPod[] = [previous, object];
  if (!before || !after) return true;
  return (
    isPodFinished(before) !== isPodFinished(after) ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp
  );
}

const POD_AMOUNTS = /^(pods|cpu|memory|ephemeral-storage|hugepages-.*|requests\..*|limits\..*)$/;

/** Cheap: whether any name that the quota bounds could be one that objects of this resource count for. */
function concerns(quota: StoredResourceQuota, { groupResource }: ResourceType): boolean {
  return Object.keys(quota.spec?.hard ?? {}).some((name) => {
    if (name === countName(groupResource) || name === groupResource) return true;
    switch (groupResource) {
      case 'pods':
        return POD_AMOUNTS.test(name);
      case 'services':
        return name.startsWith('services.');
      case 'persistentvolumeclaims':
        return name.endsWith('requests.storage') || name.includes('.storageclass.storage.k8s.io/');
      default:
        return false;
    }
  });
}
