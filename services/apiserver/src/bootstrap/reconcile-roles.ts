/**
 * Brings the default roles and bindings to what this release has: what is missing is made, missing rules and subjects
 * are added, and nothing that somebody has added is taken away
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation).
 */
import { ApiError, isArray, isObject, jsonEqual } from '@reckon/api';
import { missingRights } from '../auth/rbac/covers.ts';
import { policyRules } from '../auth/rbac/rule.ts';
import { create } from '../verbs/create.ts';
import type { Env } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';
import { update } from '../verbs/update.ts';
import { DEFAULT_RBAC } from './default-roles.ts';
import { ownContext } from './own-context.ts';
import { AUTO_UPDATE } from './roles/make.ts';

export async function reconcileRoles(env: Env): Promise<void> {
  await env.cache.confirm();
  // Together, so that they become a few transactions.
  await Promise.all(DEFAULT_RBAC.map(([resource, object]) => reconcile(env, resource, object)));
}

async function reconcile(env: Env, groupResource: string, wanted: KubeObject): Promise<void> {
  const resource = env.schema.byGroupResource(groupResource);
  if (!resource) throw new Error(`the schema does not serve ${groupResource}`);
  const { name = '' } = wanted.metadata;
  const there = env.cache.resource(groupResource).get(` ${name}`)?.value;
  const target = { resource, subresource: '', namespace: '', name: there ? name : '' };
  const context = ownContext(env, 'every cluster has the default roles');
  try {
    if (!there) await create(env, context, { target, body: bodyOf(wanted), options: {} });
    else {
      const next = reconciled(there, wanted);
      if (next) await update(env, context, { target, body: bodyOf(next), options: {} });
    }
  } catch (error) {
    // Another API server does the same at the same time.
    if (!(error instanceof ApiError) || (error.reason !== 'AlreadyExists' && error.reason !== 'Conflict'))
      throw error;
  }
}

function bodyOf(value: KubeObject) {
  return { value, duplicateFields: [] };
}

/** Undefined: it is left as it is. */
export function reconciled(there: KubeObject, wanted: KubeObject): KubeObject | undefined {
  if (there.metadata.annotations?.[AUTO_UPDATE] === 'false') return undefined;
  const next: KubeObject = {
    ...there,
    metadata: {
      ...there.metadata,
      labels: { ...wanted.metadata.labels, ...there.metadata.labels },
      annotations: { ...wanted.metadata.annotations, ...there.metadata.annotations },
    },
    // The rules of an aggregated role are its controller's.
    ...(isArray(wanted.rules) && { rules: withMissingRules(there.rules, wanted.rules) }),
    ...(isObject(wanted.aggregationRule) && {
      aggregationRule: there.aggregationRule ?? wanted.aggregationRule,
    }),
    ...(isArray(wanted.subjects) && { subjects: withMissing(there.subjects, wanted.subjects) }),
  };
  return jsonEqual(next, there) ? undefined : next;
}

function withMissingRules(there: unknown, wanted: readonly unknown[]): readonly unknown[] {
  const own = isArray(there) ? there : [];
  const held = policyRules(own);
  return [...own, ...wanted.filter((rule) => missingRights(held, policyRules([rule])).length > 0)];
}

function withMissing(there: unknown, wanted: readonly unknown[]): readonly unknown[] {
  const own = isArray(there) ? there : [];
  return [...own, ...wanted.filter((one) => !own.some((other) => jsonEqual(one, other)))];
}
