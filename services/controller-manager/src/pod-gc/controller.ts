import { type Controller, keyOf, NODES, nameOf, PODS, parseKey, watch, watchSelf } from '@reckon/client';
import type { StoredPod } from '../resources.ts';

/** Removes pods bound to a node that does not exist: nobody is left to stop them and to say so. */
export const podGcController: Controller<StoredPod, { readonly nodeName: string }> = {
  name: 'pod-garbage-collector',
  watches: [
    watchSelf(PODS),
    watch(NODES, ({ object, operation }, snapshot) =>
      operation === 'delete' ? snapshot.onNode(PODS, object.metadata.name).map(keyOf) : [],
    ),
  ],
  observe(snapshot, key) {
    const { namespace, name } = parseKey(key);
    const desired = snapshot.get(PODS, namespace, name);
    const nodeName = desired?.spec?.nodeName;
    if (!desired || !nodeName || snapshot.get(NODES, '', nodeName)) return undefined;
    return { desired, observed: { nodeName } };
  },
  plan: ({ desired, observed }) => ({
    actions: [
      {
        type: 'delete',
        resource: PODS,
        target: nameOf(desired),
        precondition: { uid: desired.metadata.uid },
        gracePeriodSeconds: 0,
        because: `its node ${observed.nodeName} does not exist`,
      },
    ],
  }),
};
