/** Requests at the HTTPS door: of every verb, at every kind, a little or wholly wrong. */
import type { ProtobufCodec, ResourceSchema, Schema } from '@reckon/api';
import { stringify } from 'yaml';
import type { Draw } from './draw.ts';
import { anything, brokenText, mutated, objectOf, type Values, word } from './values.ts';

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const METHODS = ['GET', 'GET', 'POST', 'POST', 'PUT', 'PATCH', 'PATCH', 'PATCH', 'DELETE', 'HEAD'];
const NAMES = ['a', 'b', 'default', 'kubernetes'];
const SELECTORS = [
  ...[
    'a=b',
    'a!=b',
    'a in (b,c)',
    '!a',
    'a in (',
    'in in in',
    '(((',
    'a,,b',
    'a=b=c',
    `${'a,'.repeat(5_000)}a`,
  ],
  ...[
    'metadata.name=a',
    'metadata.name!=a',
    'spec.nodeName=',
    'x.y=z',
    '\\',
    'a\\,b=c',
    'metadata.name=a,metadata.name=b',
  ],
];
const NUMBERS = ['0', '1', '-1', 'x', '9'.repeat(30), '1.5', '', ' 1', '0x10'];
const ACCEPTS = [
  ...[
    'application/json',
    'application/yaml',
    PROTOBUF,
    '*/*',
    'text/html',
    '',
    ';;;',
    'a/b;q=x,',
    'application/json;q=0',
  ],
  ...[
    'application/json;as=Table;g=meta.k8s.io;v=v1',
    `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`,
  ],
  ...[
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    'application/json;as=APIGroupDiscoveryList;v=v2',
  ],
];
const PATCHES = [
  'json-patch+json',
  'merge-patch+json',
  'strategic-merge-patch+json',
  'apply-patch+yaml',
  'x',
];
const PATHS = [
  ...[
    '/',
    '/api',
    '/apis',
    '/api/v1',
    '/apis/apps/v1',
    '/openapi/v2',
    '/openapi/v3',
    '/openapi/v3/api/v1',
    '/version',
  ],
  ...[
    '/healthz',
    '/readyz/x',
    '/metrics',
    '/at/1/api/v1/pods',
    '/at/x/api',
    '/at/-1/api/v1/pods',
    '//',
    '/%',
    '/api/%00',
  ],
  ...[
    '/api/v1/watch/pods',
    '/api/v1/namespaces//pods',
    '/apis/x/y/z',
    `/${'a/'.repeat(3_000)}`,
    '/api/v1/pods/../nodes',
  ],
];

export class RestRequests {
  readonly #draw: Draw;
  readonly #schema: Schema;
  readonly #protobuf: ProtobufCodec;

  constructor(draw: Draw, schema: Schema, protobuf: ProtobufCodec) {
    this.#draw = draw;
    this.#schema = schema;
    this.#protobuf = protobuf;
  }

  next(): FuzzRequest {
    const draw = this.#draw;
    const method = draw.pick(METHODS);
    const resource = this.#resource();
    const path = draw.once(12) ? draw.pick(PATHS) : this.#path(resource, method);
    const search = this.#query(method === 'GET');
    const { type, body } = this.#body(resource, method);
    return {
      method,
      path: search === '' ? path : `${path}?${search}`,
      headers: this.#headers(type),
      body: method === 'GET' || method === 'HEAD' ? undefined : body,
    };
  }

  /** Half of the time one of which objects are easily made, so that there is something to change. */
  #resource(): ResourceSchema {
    const easy = this.#schema.resource(
      '',
      'v1',
      this.#draw.pick(['configmaps', 'secrets', 'serviceaccounts']),
    );
    return easy && this.#draw.once(2) ? easy : this.#draw.pick(this.#schema.resources);
  }

  #path(resource: ResourceSchema, method: string): string {
    const draw = this.#draw;
    const name = () => encodeURIComponent(draw.once(6) ? word(draw).toWellFormed() : draw.pick(NAMES));
    const parts =
      resource.group === '' ? ['api', resource.version] : ['apis', resource.group, resource.version];
    if (resource.namespaced && !draw.once(12)) parts.push('namespaces', draw.once(8) ? name() : 'default');
    parts.push(draw.once(40) ? name() : resource.resource);
    const named = method === 'POST' ? draw.once(12) : !draw.once(method === 'GET' ? 3 : 12);
    if (named) parts.push(name());
    const subresources = [...resource.subresources.keys()];
    if (named && draw.once(6)) parts.push(subresources.length > 0 ? draw.pick(subresources) : name());
    if (draw.once(20)) parts.push(name());
    return `/${parts.join('/')}`;
  }

  #query(reads: boolean): string {
    const draw = this.#draw;
    const query = new URLSearchParams();
    const maybe = (parameter: string, values: readonly string[]) => {
      if (draw.once(5)) query.append(parameter, draw.once(6) ? word(draw) : draw.pick(values));
    };
    maybe('labelSelector', SELECTORS);
    maybe('fieldSelector', SELECTORS);
    maybe('resourceVersion', ['', '0', '1', '10', ...NUMBERS]);
    maybe('resourceVersionMatch', ['Exact', 'NotOlderThan', 'x']);
    maybe('limit', NUMBERS);
    maybe('continue', ['x', 'e30', 'eyJ2IjoicmVja29uL3YxIn0', 'bnVsbA']);
    maybe('dryRun', ['All', 'x']);
    maybe('fieldManager', ['x', 'y'.repeat(200)]);
    maybe('fieldValidation', ['Strict', 'Warn', 'Ignore', 'x']);
    maybe('force', ['true', '1', 'x']);
    maybe('propagationPolicy', ['Foreground', 'Background', 'Orphan', 'x']);
    maybe('gracePeriodSeconds', NUMBERS);
    maybe('pretty', ['true', 'x']);
    if (reads && draw.once(6)) {
      query.append('watch', 'true');
      maybe('sendInitialEvents', ['true', 'false']);
      maybe('allowWatchBookmarks', ['true']);
    }
    // A watch that is accepted must end.
    query.append('timeoutSeconds', '1');
    return draw.once(60) ? '%zz=%&&&=&timeoutSeconds=1' : query.toString();
  }

  #headers(type: string): Readonly<Record<string, string>> {
    const draw = this.#draw;
    const headers: Record<string, string> = {
      // Mostly what gets an answer: the requests are to get further than to their heads.
      accept: draw.once(4) ? draw.pick(ACCEPTS) : 'application/json',
      'content-type': draw.once(60) ? word(draw).replace(/[^\x20-\x7e]/g, '') : type,
    };
    if (draw.once(10)) headers['accept-encoding'] = draw.pick(['gzip', 'br', 'gzip;q=0', 'x']);
    if (draw.once(20))
      headers.authorization = draw.pick(['Bearer x', 'Basic eDp5', 'Bearer a.b.c', 'x', 'Bearer ']);
    if (draw.once(20)) headers['impersonate-user'] = draw.pick(['jane', 'system:anonymous', ' ', '%']);
    if (draw.once(20)) headers['impersonate-extra-%zz'] = 'x';
    if (draw.once(20)) headers['audit-id'] = 'x'.repeat(draw.int(400));
    if (draw.once(20)) headers['reckon-cause'] = draw.pick(['1', '-1', 'x']);
    if (draw.once(20)) headers['if-none-match'] = draw.pick(['*', '"x"', 'x']);
    if (draw.once(60)) for (let i = 0; i < 1_500; i++) headers[`x-flood-${i}`] = 'x'.repeat(draw.int(100));
    return headers;
  }

  #body(
    resource: ResourceSchema,
    method: string,
  ): { readonly type: string; readonly body: string | Uint8Array } {
    const draw = this.#draw;
    const type = method === 'PATCH' ? `application/${draw.pick(PATCHES)}` : 'application/json';
    if (draw.once(15)) return { type, body: brokenText(draw) };
    if (draw.once(15)) return { type, body: JSON.stringify(anything(draw)) };
    const object = this.#object(resource, method);
    if (type.endsWith('json-patch+json')) return { type, body: JSON.stringify(this.#jsonPatch()) };
    if (type.includes('strategic')) return { type, body: JSON.stringify(this.#directed(object)) };
    if (method !== 'PATCH' && draw.once(4))
      return { type: PROTOBUF, body: mutated(draw, this.#encoded(object)) };
    if (draw.once(8))
      return { type: 'application/yaml', body: stringify(object, { aliasDuplicateObjects: false }) };
    const text = JSON.stringify(object);
    return { type, body: draw.once(12) ? mutated(draw, Buffer.from(text)) : text };
  }

  #object(resource: ResourceSchema, method: string): Values {
    const draw = this.#draw;
    if (method === 'DELETE' && !draw.once(8)) {
      const options = this.#schema.kindMessage('', 'v1', 'DeleteOptions');
      return options ? objectOf(draw, this.#schema, options) : {};
    }
    const { group, version, kind } = resource;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const object = objectOf(draw, this.#schema, this.#schema.message(resource.message));
    const metadata = { ...(object.metadata as object), ...(!draw.once(5) && { name: draw.pick(NAMES) }) };
    return { ...object, metadata, ...(!draw.once(20) && { apiVersion, kind }) };
  }

  #encoded(object: Values): Uint8Array {
    try {
      return this.#protobuf.encode(object);
    } catch {
      // What the schema does not allow has no such form.
      return this.#protobuf.encode({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    }
  }

  #jsonPatch(): unknown {
    const draw = this.#draw;
    const pointer = () =>
      draw.pick([
        '/metadata/labels/a',
        '/data',
        '/spec',
        '',
        '/',
        '/a~2',
        '/metadata/-',
        '/x/0',
        '/__proto__/x',
      ]);
    const op = () => draw.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'x']);
    return draw.list(5, () => ({ op: op(), path: pointer(), from: pointer(), value: anything(draw) }));
  }

  #directed(object: Values): Values {
    const draw = this.#draw;
    if (!draw.once(2)) return object;
    const directive = draw.pick([
      '$patch',
      '$retainKeys',
      '$deleteFromPrimitiveList/finalizers',
      '$setElementOrder/containers',
    ]);
    const value = draw.once(3) ? anything(draw) : draw.pick(['delete', 'replace', 'merge', 'x']);
    const inside = draw.pick(['metadata', 'spec']);
    return draw.once(2)
      ? { ...object, [directive]: value }
      : { ...object, [inside]: { ...(object[inside] as object | undefined), [directive]: value } };
  }
}
