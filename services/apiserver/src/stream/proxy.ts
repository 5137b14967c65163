/**
 * pods/proxy, services/proxy and nodes/proxy: any HTTP request, also one that changes protocols, to what runs in the
 * cluster (https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/).
 */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { ApiError } from '@reckon/api';
import type { ResourceRequest, ResourceRoute } from '../rest/request.ts';
import { HtmlLinks } from './html-links.ts';
import type { NodeAnswer, NodeDialer } from './node-dialer.ts';
import { type ProxyTargetParts, proxyTarget } from './proxy-target.ts';
import { tunnel } from './tunnel.ts';

export interface ProxyParts extends ProxyTargetParts {
  readonly dialer: NodeDialer;
  readonly connectTimeoutMs: number;
}

export function proxies(parts: ProxyParts): ReadonlyMap<string, ResourceRoute> {
  const route: ResourceRoute = { handle: (request) => proxy(parts, request) };
  return new Map(['pods/proxy', 'services/proxy', 'nodes/proxy'].map((key) => [key, route]));
}

/** RFC 9110, 7.6.1; and what is between the client and this server alone: who it is, and whom it speaks for. */
const OWN =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|authorization|host|impersonate-.*|:.*)$/;

async function proxy(parts: ProxyParts, request: ResourceRequest): Promise<void> {
  const { exchange, context, info, path } = request;
  const { method, upgrade } = exchange;
  const question = exchange.url.indexOf('?');
  const search = question < 0 ? '' : exchange.url.slice(question);
  if (info.rest === '' && !path.endsWith('/') && !upgrade && (method === 'GET' || method === 'HEAD')) {
    // Links of the page are relative to a directory.
    exchange.respond(301, ['Location', `${path}/${search}`, 'Audit-Id', context.requestId], '');
    return;
  }
  const target = await proxyTarget(parts, request);
  const rest = info.rest !== '' && path.endsWith('/') ? `${info.rest}/` : info.rest;
  const wanted: Wanted = {
    method,
    path: `/${rest}${search}`,
    headers: headersFor(request),
    signal: context.signal,
  };
  const body = upgrade ? undefined : exchange.bodyStream();
  const answer = await (target.kind === 'agent'
    ? parts.dialer.send({ ...wanted, address: target.address, ...(body && { body }) })
    : dial(parts, request, { ...wanted, ...target }));
  if (answer.kind === 'upgrade') {
    if (upgrade) return tunnel(upgrade, answer, context.signal);
    answer.socket.destroy();
    throw unreachable(new Error('it changed protocols unasked'));
  }
  await pass(request, answer.response);
}

interface Wanted {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly signal: AbortSignal;
}

function headersFor({ exchange, path }: ResourceRequest): OutgoingHttpHeaders {
  const headers: Record<string, string> = {};
  for (const name of exchange.headerNames()) {
    const value = exchange.header(name);
    if (value !== undefined && !OWN.test(name)) headers[name] = value;
  }
  headers['x-forwarded-uri'] = path;
  headers['x-forwarded-proto'] = 'https';
  const host = exchange.header('host') ?? exchange.header(':authority');
  if (host !== undefined) headers['x-forwarded-host'] = host;
  const { address } = exchange.peer;
  if (address !== '')
    headers['x-forwarded-for'] = [headers['x-forwarded-for'], address].filter(Boolean).join(', ');
  const protocol = exchange.upgrade && exchange.header('upgrade');
  return protocol ? { ...headers, connection: 'Upgrade', upgrade: protocol } : headers;
}

function dial(
  { connectTimeoutMs }: ProxyParts,
  { exchange }: ResourceRequest,
  { tls, ...to }: Wanted & { readonly tls: boolean; readonly host: string; readonly port: number },
): Promise<NodeAnswer> {
  const { host, port, method, path, headers, signal } = to;
  // As in Kubernetes: what a pod's certificate says about a pod's address nobody can know.
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    ...{ host, port, method, path, headers, signal },
    agent: false,
    rejectUnauthorized: false,
  };
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = tls ? httpsRequest(options) : httpRequest(options);
    sent.setTimeout(connectTimeoutMs, () => sent.destroy(new Error('i/o timeout')));
    sent.on('error', (error) => reject(unreachable(error)));
    sent.on('response', (response) => {
      sent.setTimeout(0);
      resolve({ kind: 'response', response });
    });
    sent.on('upgrade', (response, socket, head) => {
      socket.setTimeout(0);
      resolve({ kind: 'upgrade', response, socket, head });
    });
    const body = exchange.upgrade ? undefined : exchange.bodyStream();
    if (body) body.pipe(sent);
    else sent.end();
  });
}

async function pass(request: ResourceRequest, source: IncomingMessage): Promise<void> {
  const { exchange, context } = request;
  const base = rootOf(request);
  const links = exchange.method === 'HEAD' ? undefined : pageWithLinks(source, base);
  const headers: string[] = [];
  for (let i = 0; i + 1 < source.rawHeaders.length; i += 2) {
    const [name = '', value = ''] = source.rawHeaders.slice(i, i + 2);
    if (OWN.test(name.toLowerCase()) || (links && REWRITTEN.test(name))) continue;
    const inside = name.toLowerCase() === 'location' && value.startsWith('/') && !value.startsWith('//');
    headers.push(name, inside ? `${base}${value}` : value);
  }
  headers.push('Audit-Id', context.requestId);
  const out = exchange.stream(source.statusCode ?? 502, headers);
  exchange.onGone(() => source.destroy());
  try {
    for await (const chunk of links ?? source) if (!out.write(chunk as Uint8Array)) await out.drained();
    out.end();
  } catch {
    // Half an answer must not pass for a whole one.
    out.destroy();
  }
}

/** What no longer holds of a page whose links were changed. */
const REWRITTEN = /^(content-length|content-encoding|etag|content-md5|accept-ranges)$/i;

/** Where the root of what is proxied lies here, without a final slash. */
function rootOf({ path, info }: ResourceRequest): string {
  if (info.rest === '') return path.replace(/\/$/, '');
  return path.slice(0, path.length - `/${info.rest}`.length - (path.endsWith('/') ? 1 : 0));
}

/** An HTML page with its links led here; undefined if it is none, or is compressed in a way that is not known. */
function pageWithLinks(source: IncomingMessage, base: string): Readable | undefined {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = source.headers;
  if (!/^text\/html\b/i.test(type) || source.statusCode === 206) return undefined;
  const links = new HtmlLinks(base);
  const unpack = { identity: undefined, gzip: createGunzip, deflate: createInflate };
  if (!isOneOf(encoding, unpack)) return undefined;
  const unpacked = unpack[encoding]?.();
  // An error of one is an error of all: the page then ends in the middle, and is cut off.
  const passed = () => {};
  if (unpacked) pipeline(source, unpacked, links, passed);
  else pipeline(source, links, passed);
  return links;
}

function isOneOf<T extends object>(name: string, among: T): name is Extract<keyof T, string> {
  return Object.hasOwn(among, name);
}

function unreachable(cause: Error): ApiError {
  const why = `error trying to reach service: ${cause.message}`;
  return new ApiError('ServiceUnavailable', why, {}, { cause });
}
