import {
  CERTIFICATE_SIGNING_REQUESTS,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  type Controller,
  keyOf,
  parseKey,
  type Snapshot,
  watch,
  watchSelf,
} from '@reckon/client';
import { pemOf, planRequest } from './plan.ts';
import type { RequestObserved, Signer, StoredRequest } from './types.ts';

/** Approves, signs and clears away certificate signing requests. */
export function certificateController(signer: Signer): Controller<StoredRequest, RequestObserved> {
  return {
    name: 'certificate-controller',
    watches: [
      watchSelf(CERTIFICATE_SIGNING_REQUESTS),
      // A right that is given later may be what a request waits for.
      watch(CLUSTER_ROLE_BINDINGS, (_change, snapshot) => pending(snapshot)),
      watch(CLUSTER_ROLES, (_change, snapshot) => pending(snapshot)),
    ],
    observe(snapshot, key) {
      const { name } = parseKey(key);
      const desired = snapshot.get(CERTIFICATE_SIGNING_REQUESTS, '', name);
      if (!desired || desired.metadata.deletionTimestamp) return undefined;
      return { desired, observed: { asked: signer.parse(pemOf(desired)) } };
    },
    plan: (input) => planRequest(input, signer),
  };
}

function pending(snapshot: Snapshot): readonly string[] {
  return snapshot
    .list(CERTIFICATE_SIGNING_REQUESTS)
    .filter(({ status }) => !status?.conditions?.length)
    .map(keyOf);
}
