/** Objects and a cluster small enough to see what a plan leads to. */
import { isArray, isObject } from '@reckon/api';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, PODS, type ResourceType, SERVICES } from '@reckon/client';
import { labelOf } from './plan.ts';
import type { Action, AnObject, Claim, Fields, Plan, PlanInput, Snapped, Wanted } from './types.ts';

export interface Made {
  readonly name: string;
  readonly uid?: string;
  readonly metadata?: Fields;
  readonly [field: string]: unknown;
}

export function made(resource: ResourceType, { name, uid, metadata, ...rest }: Made): Snapped {
  const object: AnObject = {
    apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: {
      name,
      ...(resource.namespaced && { namespace: 'shop' }),
      uid: uid ?? `uid-of-${resource.kind}-${name}`,
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    ...rest,
  };
  return { resource, object };
}

export const shop = made(NAMESPACES, { name: 'shop' });

export function configMap(name: string, data: Fields, more: Fields = {}): Snapped {
  return made(CONFIG_MAPS, { name, data, ...more });
}

export function deployment(name: string, replicas: number, selector = name): Snapped {
  return made(DEPLOYMENTS, {
    name,
    spec: { replicas, selector: { matchLabels: { app: selector } } },
    status: { readyReplicas: replicas },
  });
}

export function service(name: string, clusterIP: string, nodePort?: number): Snapped {
  const port = { protocol: 'TCP', port: 80, ...(nodePort !== undefined && { nodePort }) };
  return made(SERVICES, {
    name,
    spec: { clusterIP, clusterIPs: [clusterIP], ports: [port], selector: { app: name } },
  });
}

export function pod(name: string, image: string, more: Fields = {}): Snapped {
  const { metadata, status = { phase: 'Running' }, node = 'node-1' } = more;
  return made(PODS, {
    name,
    ...(isObject(metadata) && { metadata }),
    spec: { nodeName: node, containers: [{ name: 'main', image }] },
    status,
  });
}

export function planInput(
  then: readonly Snapped[],
  now: readonly Snapped[],
  more: Partial<PlanInput> = {},
): PlanInput {
  return {
    scope: { kind: 'namespace', namespace: 'shop' },
    then,
    now,
    claims: claimsOf(now),
    // As the real rules: what a Deployment selects, and the content of what is immutable.
    unchangeable: (resource, before, wanted) => {
      const fixed = resource === DEPLOYMENTS ? [selectorOf(before), selectorOf(wanted)] : [];
      const same = JSON.stringify(fixed[0]) === JSON.stringify(fixed[1]);
      return same ? [] : [{ reason: 'FieldValueInvalid', field: 'spec.selector', message: 'immutable' }];
    },
    ...more,
  };
}

export function claimsOf(snapped: readonly Snapped[]): readonly Claim[] {
  return snapped.flatMap(({ resource, object }) => {
    if (resource !== SERVICES || !isObject(object.spec)) return [];
    const { namespace = '', name } = object.metadata;
    const { clusterIP, ports } = object.spec;
    const nodePorts = (isArray(ports) ? ports.filter(isObject) : []).flatMap(({ nodePort }) =>
      typeof nodePort === 'number' ? [`port ${nodePort}`] : [],
    );
    return [String(clusterIP), ...nodePorts].map((what) => ({ what, namespace, name }));
  });
}

function selectorOf({ spec }: Fields): unknown {
  return isObject(spec) ? spec.selector : undefined;
}

/** `update deployment.apps/web`, `note service/web: …`, `obstacle …`. */
export function linesOf({ actions, notes, obstacles }: Plan): readonly string[] {
  return [
    ...actions.map((action) => `${action.kind} ${labelOf(action.resource, nameOf(action))}`),
    ...notes.map(({ object, sentence }) => `note ${object}: ${sentence}`),
    ...obstacles.map(({ object, sentence }) => `obstacle ${object}: ${sentence}`),
  ];
}

export function nameOf(action: Action): string {
  return action.kind === 'delete' ? action.now.metadata.name : action.wanted.metadata.name;
}

/** What the cluster would be after the plan: a server that gives new objects their uid and free addresses. */
export function carriedOut({ actions }: Plan, now: readonly Snapped[]): readonly Snapped[] {
  const objects = new Map(now.map((one) => [idOf(one.resource, one.object.metadata.name), one]));
  let made = 0;
  for (const action of actions) {
    const id = idOf(action.resource, nameOf(action));
    if (action.kind === 'delete') objects.delete(id);
    else {
      const uid = action.kind === 'update' ? action.now.metadata.uid : `new-${++made}`;
      const status = action.kind === 'update' ? action.now.status : { phase: 'Pending' };
      objects.set(id, { resource: action.resource, object: stored(action.wanted, { uid, status, made }) });
    }
  }
  return [...objects.values()];
}

function stored(
  wanted: Wanted,
  { uid, status, made }: { readonly uid: string; readonly status: unknown; readonly made: number },
): AnObject {
  const spec = isObject(wanted.spec) ? wanted.spec : undefined;
  const address = `10.96.9.${made}`;
  const isService = wanted.kind === 'Service' && spec?.clusterIP === undefined;
  return {
    ...wanted,
    metadata: {
      ...wanted.metadata,
      uid,
      resourceVersion: '8',
      creationTimestamp: '2026-01-02T00:00:00Z',
    },
    ...(spec && isService && { spec: { ...spec, clusterIP: address, clusterIPs: [address] } }),
    status,
  };
}

function idOf({ groupResource }: ResourceType, name: string): string {
  return `${groupResource} ${name}`;
}
