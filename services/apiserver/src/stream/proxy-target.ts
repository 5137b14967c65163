/** Where a `proxy` subresource leads: a pod's port, an endpoint of a Service, a node's agent. */
import { isIP } from 'node:net';
import { ApiError, badRequest, notFound } from '@reckon/api';
import type { ResourceRequest, Resources } from '../rest/request.ts';
import type { KubeObject, Verbs } from '../verbs/types.ts';
import { addressOf, type NodeAddress } from './node-address.ts';

export type ProxyTarget =
  | { readonly kind: 'endpoint'; readonly tls: boolean; readonly host: string; readonly port: number }
  | { readonly kind: 'agent'; readonly address: NodeAddress };

export interface ProxyTargetParts {
  readonly verbs: Verbs;
  readonly resources: Resources;
  /** From 0 on and less than 1. */
  readonly draw: () => number;
}

interface ProxyName {
  readonly tls: boolean;
  readonly name: string;
  /** Number or name; empty: not said. */
  readonly port: string;
}

/** `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT` (Kubernetes: `SplitSchemeNamePort`). */
export function proxyName(text: string): ProxyName {
  const parts = text.split(':');
  const scheme = parts.length === 3 ? parts.shift() : '';
  const [name = '', port = ''] = parts;
  const known = scheme === '' || scheme === 'http' || scheme === 'https';
  if (!known || name === '' || parts.length > 2) throw badRequest(`invalid proxy request "${text}"`);
  return { tls: scheme === 'https', name, port };
}

export async function proxyTarget(parts: ProxyTargetParts, request: ResourceRequest): Promise<ProxyTarget> {
  const asked = proxyName(request.info.name);
  switch (request.resource.resource) {
    case 'pods':
      return podTarget(await objectOf(parts, request, 'pods', asked.name), asked);
    case 'services':
      return serviceTarget(parts, request, asked);
    default:
      return nodeTarget(await objectOf(parts, request, 'nodes', asked.name), asked);
  }
}

/** The server looks it up for itself: who may proxy needs no right to read. */
async function objectOf(
  { verbs, resources }: ProxyTargetParts,
  { context, info }: ResourceRequest,
  kind: string,
  name: string,
): Promise<KubeObject> {
  const resource = resources.resource('', 'v1', kind);
  if (!resource) throw new ApiError('InternalError', `this server has no ${kind}`);
  const namespace = resource.namespaced ? info.namespace : '';
  const found = await verbs.get(context, { resource, subresource: '', namespace, name }, {});
  return found.value;
}

interface PodFields {
  readonly spec?: { readonly containers?: readonly { readonly ports?: readonly PortFields[] }[] };
  readonly status?: { readonly podIP?: string };
}
interface PortFields {
  readonly name?: string;
  readonly containerPort?: number;
  readonly port?: number;
}
interface Subset {
  readonly addresses?: readonly { readonly ip?: string }[];
  readonly ports?: readonly PortFields[];
}

function podTarget(pod: KubeObject, { tls, port, name }: ProxyName): ProxyTarget {
  const { spec, status } = pod as PodFields;
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  const chosen = port === '' ? ports[0]?.containerPort : numberOf(port, ports);
  const host = status?.podIP ?? '';
  if (host === '') throw badRequest(`address not allowed: pod "${name}" has no address yet`);
  return endpoint({ tls, host, port: chosen ?? (tls ? 443 : 80) });
}

async function serviceTarget(
  parts: ProxyTargetParts,
  request: ResourceRequest,
  asked: ProxyName,
): Promise<ProxyTarget> {
  const { name } = asked;
  const service = await objectOf(parts, request, 'services', name);
  const { ports = [] } = (service.spec ?? {}) as { readonly ports?: readonly PortFields[] };
  const wanted = /^\d+$/.test(asked.port)
    ? ports.find(({ port }) => port === Number(asked.port))
    : ports.find((port) => (port.name ?? '') === asked.port);
  // Without a name the only port there is is meant, whatever it is called.
  const port = wanted ?? (asked.port === '' && ports.length === 1 ? ports[0] : undefined);
  if (!port) throw unavailable(`no service port ${JSON.stringify(asked.port)} found for service "${name}"`);
  const { subsets = [] } = (await endpointsOf(parts, request, name)) as {
    readonly subsets?: readonly Subset[];
  };
  const choice = subsets.flatMap(({ addresses = [], ports: open = [] }) => {
    const to = open.find((one) => (one.name ?? '') === (port.name ?? ''))?.port;
    return to === undefined ? [] : addresses.map(({ ip = '' }) => ({ host: ip, port: to }));
  });
  const chosen = choice[Math.floor(parts.draw() * choice.length)];
  if (!chosen) throw unavailable(`no endpoints available for service "${name}"`);
  return endpoint({ tls: asked.tls, ...chosen });
}

async function endpointsOf(
  parts: ProxyTargetParts,
  request: ResourceRequest,
  name: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await objectOf(parts, request, 'endpoints', name);
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return {};
    throw error;
  }
}

function nodeTarget(node: KubeObject, { port, name }: ProxyName): ProxyTarget {
  const address = addressOf(node);
  if (port !== '' && Number(port) !== address.port) throw notFound('nodes', `${name}:${port}`);
  return { kind: 'agent', address };
}

function numberOf(port: string, ports: readonly PortFields[]): number {
  const named = ports.find(({ name }) => name === port)?.containerPort;
  const number = named ?? Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw badRequest(`invalid port ${JSON.stringify(port)}`);
  return number;
}

/**
 * Nobody gets by way of the API server to what only it can reach: itself, and the services that clouds put at link-local
 * addresses (Kubernetes: `proxyutil.IsProxyableIP`).
 */
function endpoint(to: { readonly tls: boolean; readonly host: string; readonly port: number }): ProxyTarget {
  const closed = /^(127\.|169\.254\.|0\.|22[4-9]\.|23\d\.|::1?$|fe[89ab]|ff|::ffff:)/i;
  if (isIP(to.host) === 0 || closed.test(to.host)) throw badRequest('address not allowed');
  return { kind: 'endpoint', ...to };
}

function unavailable(why: string): ApiError {
  return new ApiError('ServiceUnavailable', why);
}
