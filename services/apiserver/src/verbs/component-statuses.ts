/**
 * `componentstatuses`: whether the parts of the control plane work, for old tools that ask for it. They are kept
 * nowhere; each answer says what is so now. (Deprecated in Kubernetes since 1.19, and asked for all the same.)
 */
import { isObject, methodNotAllowed, notFound, parseFieldSelector, type ResourceSchema } from '@reckon/api';
import { pathOf } from '../cache/resource-cache.ts';
import { Unsaved } from './encode.ts';
import type { Env } from './env.ts';
import { apiVersionOf } from './target.ts';
import type { ObjectAt, RequestContext, Verbs } from './types.ts';

const RESOURCE = 'componentstatuses';
const DEPRECATED = 'v1 ComponentStatus is deprecated in v1.19+';

export interface Component {
  readonly name: string;
  /** Undefined: it works. */
  readonly problem: string | undefined;
}

/** Services of which one process leads at a time: name of the component and of its lease. */
const LED: ReadonlyMap<string, string> = new Map([
  ['controller-manager', 'kube-controller-manager'],
  ['scheduler', 'kube-scheduler'],
]);

export function withComponents(env: Env, verbs: Verbs, ask: () => Promise<readonly Component[]>): Verbs {
  const all = async (context: RequestContext, resource: ResourceSchema): Promise<readonly ObjectAt[]> => {
    context.warn(DEPRECATED);
    const components = [...(await ask()), ...[...LED].map(([name, lease]) => ledBy(env, name, lease))];
    return components
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((component) => statusOf(resource, component));
  };
  const refuse = (resource: ResourceSchema, verb: string) => {
    if (resource.groupResource === RESOURCE) throw methodNotAllowed(RESOURCE, verb);
  };
  return {
    ...verbs,
    async get(context, target, options) {
      if (target.resource.groupResource !== RESOURCE) return verbs.get(context, target, options);
      const found = (await all(context, target.resource)).find(({ key }) => key.name === target.name);
      if (!found) throw notFound(RESOURCE, target.name);
      return found;
    },
    async list(context, target, options) {
      if (target.resource.groupResource !== RESOURCE) return verbs.list(context, target, options);
      const selection = parseFieldSelector(options.fieldSelector ?? '', RESOURCE);
      const items = await all(context, target.resource);
      return {
        items: items.filter(({ value }) => selection.matches(value)),
        rev: env.cache.head,
        logId: env.cache.logId,
      };
    },
    async watch(context, target, options) {
      refuse(target.resource, 'watch');
      return verbs.watch(context, target, options);
    },
    async create(context, target, body, options) {
      refuse(target.resource, 'create');
      return verbs.create(context, target, body, options);
    },
    async update(context, target, body, options) {
      refuse(target.resource, 'update');
      return verbs.update(context, target, body, options);
    },
    async patch(context, target, patch, options) {
      refuse(target.resource, 'patch');
      return verbs.patch(context, target, patch, options);
    },
    async delete(context, target, options) {
      refuse(target.resource, 'delete');
      return verbs.delete(context, target, options);
    },
    async transact(context, operations) {
      for (const { target } of operations) refuse(target.resource, 'transact');
      return verbs.transact(context, operations);
    },
  };
}

/** The lease says whether somebody leads: it is renewed several times before it runs out. */
function ledBy({ cache, clock }: Env, name: string, lease: string): Component {
  const found = cache
    .resource('leases.coordination.k8s.io')
    .get(pathOf({ namespace: 'kube-system', name: lease }));
  const spec = isObject(found?.value.spec) ? found.value.spec : {};
  const { renewTime, leaseDurationSeconds: seconds } = spec;
  if (typeof renewTime !== 'string' || typeof seconds !== 'number' || !spec.holderIdentity)
    return { name, problem: 'nobody leads' };
  const outMs = Date.parse(renewTime) + seconds * 1_000;
  return { name, problem: clock.nowMs() <= outMs ? undefined : `nobody leads since ${renewTime}` };
}

function statusOf(resource: ResourceSchema, { name, problem }: Component): ObjectAt {
  const condition =
    problem === undefined
      ? { type: 'Healthy', status: 'True', message: 'ok' }
      : { type: 'Healthy', status: 'False', error: problem };
  return new Unsaved({
    key: { resource: RESOURCE, namespace: '', name },
    value: {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name },
      conditions: [condition],
    },
  });
}
