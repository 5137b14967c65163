/** pods/log, pods/exec, pods/attach, pods/portforward: bytes between a client and the agent of the pod's node. */
import { ApiError, badRequest } from '@reckon/api';
import type { ResourceRequest, ResourceRoute, Resources } from '../rest/request.ts';
import type { KubeObject, Verbs } from '../verbs/types.ts';
import { containerOf, podParts } from './containers.ts';
import { agentError, sendLog } from './log.ts';
import { checkLogOptions } from './log-options.ts';
import { addressOf, type NodeAddress } from './node-address.ts';
import type { NodeDialer } from './node-dialer.ts';
import { forwardedHeaders, tunnel } from './tunnel.ts';

export interface PodStreamParts {
  readonly verbs: Verbs;
  readonly resources: Resources;
  readonly dialer: NodeDialer;
}

export function podStreams(parts: PodStreamParts): ReadonlyMap<string, ResourceRoute> {
  return new Map<string, ResourceRoute>([
    ['pods/log', { handle: (request) => log(parts, request) }],
    ['pods/exec', { handle: connected((request) => exec(parts, request, 'exec')) }],
    ['pods/attach', { handle: connected((request) => exec(parts, request, 'attach')) }],
    ['pods/portforward', { handle: connected((request) => portForward(parts, request)) }],
  ]);
}

/** Streams are asked for by POST (SPDY) or by GET (WebSocket), and by nothing else. */
function connected(handle: ResourceRoute['handle']): ResourceRoute['handle'] {
  return async (request) => {
    const { method } = request.exchange;
    if (method !== 'GET' && method !== 'POST') throw methodNotAllowed();
    await handle(request);
  };
}

/** Query parameters of PodLogOptions that the agent understands under the same name. */
const LOG_PARAMETERS = [
  'follow',
  'previous',
  'sinceSeconds',
  'sinceTime',
  'timestamps',
  'tailLines',
  'limitBytes',
  'stream',
] as const;

async function log(parts: PodStreamParts, request: ResourceRequest): Promise<void> {
  const { exchange, context, query, info } = request;
  if (exchange.method !== 'GET') throw methodNotAllowed();
  checkLogOptions(query, info.name);
  const pod = podParts(await podOf(parts, request));
  const container = containerOf(pod, query.text('container'));
  const parameters = new URLSearchParams();
  for (const name of LOG_PARAMETERS) {
    const value = query.text(name);
    if (value !== undefined) parameters.set(name, value);
  }
  if (pod.nodeName === '') {
    sendLog(exchange, context);
    return;
  }
  const answer = await parts.dialer.send({
    address: await nodeOf(parts, request, pod.nodeName),
    method: 'GET',
    path: withQuery(`/containerLogs/${info.namespace}/${pod.name}/${container}`, parameters),
    headers: {},
    signal: context.signal,
  });
  await sendLog(exchange, context, answer.response);
}

/** Names of PodExecOptions' flags in the agent's query (as kubelets have them). */
const EXEC_FLAGS = [
  ['stdin', 'input'],
  ['stdout', 'output'],
  ['stderr', 'error'],
  ['tty', 'tty'],
] as const;

async function exec(parts: PodStreamParts, request: ResourceRequest, verb: 'exec' | 'attach'): Promise<void> {
  const { query, info } = request;
  const pod = podParts(await podOf(parts, request));
  const container = containerOf(pod, query.text('container'));
  const parameters = new URLSearchParams();
  for (const [ours, theirs] of EXEC_FLAGS) if (query.flag(ours)) parameters.set(theirs, '1');
  if (verb === 'exec') {
    const command = query.all('command');
    if (command.length === 0) throw badRequest('you must specify at least 1 command for the container');
    for (const word of command) parameters.append('command', word);
  }
  if (![...parameters.keys()].some((name) => name === 'input' || name === 'output' || name === 'error'))
    throw badRequest('you must specify at least one of stdin, stdout, stderr');
  const path = withQuery(`/${verb}/${info.namespace}/${pod.name}/${container}`, parameters);
  await connect(parts, request, { nodeName: pod.nodeName, podName: pod.name, path });
}

async function portForward(parts: PodStreamParts, request: ResourceRequest): Promise<void> {
  const { query, info } = request;
  const pod = podParts(await podOf(parts, request));
  const parameters = new URLSearchParams(query.all('ports').map((port) => ['port', port]));
  const path = withQuery(`/portForward/${info.namespace}/${pod.name}`, parameters);
  await connect(parts, request, { nodeName: pod.nodeName, podName: pod.name, path });
}

async function connect(
  parts: PodStreamParts,
  request: ResourceRequest,
  to: { readonly nodeName: string; readonly podName: string; readonly path: string },
): Promise<void> {
  const { exchange, context } = request;
  if (to.nodeName === '') throw badRequest(`pod ${to.podName} does not have a host assigned`);
  const { upgrade } = exchange;
  if (!upgrade) throw badRequest('Upgrade request required');
  const answer = await parts.dialer.send({
    address: await nodeOf(parts, request, to.nodeName),
    method: exchange.method,
    path: to.path,
    headers: forwardedHeaders(upgrade.headers),
    signal: context.signal,
  });
  if (answer.kind === 'response') throw await agentError(answer.response);
  await tunnel(upgrade, answer, context.signal);
}

async function podOf(
  { verbs }: PodStreamParts,
  { context, resource, info }: ResourceRequest,
): Promise<KubeObject> {
  const { namespace, name } = info;
  if (namespace === '') throw new ApiError('NotFound', 'the server could not find the requested resource');
  const pod = await verbs.get(context, { resource, subresource: '', namespace, name }, {});
  return pod.value;
}

/** The server looks the node up for itself: the caller needs no right to read nodes. */
async function nodeOf(
  { verbs, resources }: PodStreamParts,
  { context }: ResourceRequest,
  nodeName: string,
): Promise<NodeAddress> {
  const resource = resources.resource('', 'v1', 'nodes');
  if (!resource) throw new ApiError('InternalError', 'this server has no nodes');
  const node = await verbs.get(context, { resource, subresource: '', namespace: '', name: nodeName }, {});
  return addressOf(node.value);
}

function withQuery(path: string, parameters: URLSearchParams): string {
  return parameters.size > 0 ? `${path}?${parameters}` : path;
}

function methodNotAllowed(): ApiError {
  return new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}
