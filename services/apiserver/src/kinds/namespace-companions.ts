/** What every namespace has from its first moment, so that no pod has to wait for its identity. */
import { jsonEqual } from '@reckon/api';
import type { Env, Preparation } from '../verbs/env.ts';
import { withSystemMetadata } from '../verbs/metadata.ts';
import { createOf, PLAIN, type PlannedWrite, updateOf } from '../verbs/plan.ts';
import type { KubeObject } from '../verbs/types.ts';

export const DEFAULT_ACCOUNT = 'default';
export const ROOT_CA = 'kube-root-ca.crt';

const ROOT_CA_DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Writes what is missing of them, and the CA where it is another. */
export function companionWrites(preparation: Preparation, namespace: string): readonly PlannedWrite[] {
  return [...account(preparation, namespace), ...rootCa(preparation, namespace)];
}

function account(preparation: Preparation, namespace: string): readonly PlannedWrite[] {
  const key = { resource: 'serviceaccounts', namespace, name: DEFAULT_ACCOUNT };
  if (preparation.state.get(key)) return [];
  const metadata = { name: DEFAULT_ACCOUNT, namespace };
  return [
    createOf({
      key,
      traits: PLAIN,
      object: fresh(preparation, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }),
    }),
  ];
}

function rootCa(preparation: Preparation, namespace: string): readonly PlannedWrite[] {
  const key = { resource: 'configmaps', namespace, name: ROOT_CA };
  const current = preparation.state.get(key);
  const data = rootCaData(preparation.env);
  if (!current) {
    const annotations = { 'kubernetes.io/description': ROOT_CA_DESCRIPTION };
    const metadata = { name: ROOT_CA, namespace, annotations };
    const object = fresh(preparation, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    return [createOf({ key, traits: PLAIN, object })];
  }
  if (jsonEqual(current.value.data, data)) return [];
  return [updateOf({ current, traits: PLAIN, object: { ...current.value, data } })];
}

function rootCaData({ settings }: Env): Readonly<Record<string, string>> {
  return { 'ca.crt': settings.caBundle };
}

function fresh({ env, nowMs }: Preparation, object: KubeObject): KubeObject {
  return withSystemMetadata(env, object, nowMs);
}
