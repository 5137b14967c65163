/**
 * Built-in admission, in Kubernetes' order: first every plugin may fill in, then the object is validated, then every
 * plugin may refuse, and last it is charged to the namespace's quotas.
 */
import type { Condition } from '@reckon/store';
import { strategyOf } from '../kinds/registry.ts';
import type { Draft } from '../verbs/create.ts';
import type { Preparation } from '../verbs/env.ts';
import type { PlannedWrite } from '../verbs/plan.ts';
import type { KubeObject } from '../verbs/types.ts';
import { refuseMasters } from './certificate-subject.ts';
import { withDefaultStorageClass } from './default-storage-class.ts';
import { withAbsenceTolerations } from './default-toleration-seconds.ts';
import { heldBy } from './in-use-protection.ts';
import { refuseBeyondLimits, refuseClaimBeyondLimits, withDefaultLimits } from './limit-ranger.ts';
import { admitToNamespace } from './namespace-lifecycle.ts';
import { refuseInsecure } from './pod-security/admission.ts';
import { refuseSecondDefault, withPriority } from './priority.ts';
import { type Charged, chargeQuotas } from './resource-quota.ts';
import { withRuntimeClass } from './runtime-class.ts';
import { withServiceAccount } from './service-account.ts';
import { withNotReadyTaint } from './taint-nodes-by-condition.ts';

export interface Admitted {
  readonly object: KubeObject;
  /** What the admission rests on; the commit holds it against the truth. */
  readonly conditions: readonly Condition[];
}

type Filler = (object: KubeObject, preparation: Preparation) => KubeObject;
type Judge = (object: KubeObject, preparation: Preparation, before: KubeObject | undefined) => void;

/**
 * By resource, in order: LimitRanger, ServiceAccount, TaintNodesByCondition, Priority, DefaultTolerationSeconds,
 * RuntimeClass, DefaultStorageClass, StorageObjectInUseProtection.
 */
const FILLERS: Readonly<Record<string, readonly Filler[]>> = {
  pods: [
    withDefaultLimits,
    withServiceAccount,
    withPriority,
    (pod, { env }) => withAbsenceTolerations(pod, env.settings.defaultTolerationSeconds),
    withRuntimeClass,
  ],
  nodes: [withNotReadyTaint],
  persistentvolumeclaims: [withDefaultStorageClass, heldBy('kubernetes.io/pvc-protection')],
  persistentvolumes: [heldBy('kubernetes.io/pv-protection')],
};

/** In order: LimitRanger, PodSecurity, Priority; CertificateSubjectRestriction. */
const JUDGES: Readonly<Record<string, readonly Judge[]>> = {
  pods: [
    (pod, preparation, before) => {
      if (!before) refuseBeyondLimits(pod, preparation);
    },
  ],
  persistentvolumeclaims: [refuseClaimBeyondLimits],
  'certificatesigningrequests.certificates.k8s.io': [
    (request, _preparation, before) => {
      if (!before) refuseMasters(request);
    },
  ],
  'priorityclasses.scheduling.k8s.io': [refuseSecondDefault],
};

/** What the cluster has to say of a new object before it is validated. */
export function admitCreate(preparation: Preparation, { target, object }: Draft): Admitted {
  const { namespaced, groupResource } = target.resource;
  const conditions = namespaced ? [admitToNamespace(preparation, target, object)] : [];
  const filled = (FILLERS[groupResource] ?? []).reduce((next, fill) => fill(next, preparation), object);
  const { admit } = strategyOf(target.resource);
  return { object: admit ? admit(filled, preparation) : filled, conditions };
}

/** Refuses what is valid and yet not allowed here; otherwise the writes that charge it. */
export function admitWrite(preparation: Preparation, write: Charged): readonly PlannedWrite[] {
  const { target, before, after } = write;
  for (const judge of JUDGES[target.resource.groupResource] ?? []) judge(after, preparation, before);
  refuseInsecure(preparation, write);
  return target.resource.namespaced ? chargeQuotas(preparation, write) : [];
}
