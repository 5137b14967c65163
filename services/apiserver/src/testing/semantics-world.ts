/** What the tests of the API's semantics share: a server, a client without mercy, small objects. */
import assert from 'node:assert/strict';
import { ApiServerWorld } from './api-server-world.ts';
import { type RawAnswer, type RawCall, RawClient } from './raw-client.ts';

export const MAPS = '/api/v1/namespaces/default/configmaps';
export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
export const JSON_BODY = { 'content-type': 'application/json' };
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

export interface Meta {
  readonly name?: string;
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
  readonly generation?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly {
    readonly manager: string;
    readonly operation: string;
    readonly apiVersion: string;
  }[];
}

export interface Thing {
  readonly kind: string;
  readonly metadata: Meta;
  readonly items?: readonly Thing[];
  readonly data?: Readonly<Record<string, string>>;
  readonly message?: string;
  readonly reason?: string;
  readonly rows?: readonly { readonly object: Thing | null }[];
}

export interface Change {
  readonly type: string;
  readonly object: Thing;
}

export class SemanticsWorld {
  readonly world: ApiServerWorld;
  readonly client: RawClient;

  private constructor(world: ApiServerWorld) {
    this.world = world;
    const { port } = world.config.rest;
    this.client = new RawClient({ port, authority: world.authority.certificate, as: world.admin });
  }

  static async start(): Promise<SemanticsWorld> {
    const here = new SemanticsWorld(await ApiServerWorld.start());
    for (const name of ['a', 'b', 'c']) await here.create(MAPS, configMap(name));
    return here;
  }

  stop(): Promise<void> {
    return this.world.stop();
  }

  async create(path: string, object: object): Promise<void> {
    const body = JSON.stringify(object);
    const answer = await this.client.call(path, { method: 'POST', headers: JSON_BODY, body });
    assert.equal(answer.status, 201, answer.text);
  }

  async get(path: string, call?: RawCall): Promise<Thing> {
    return read(await this.client.call(path, call));
  }

  /** All that a watch of the ConfigMaps says within its one second. */
  async watch(query: string, accept = 'application/json'): Promise<readonly Change[]> {
    const answer = await this.client.call(`${MAPS}?watch=1&timeoutSeconds=1&${query}`, {
      headers: { accept },
    });
    assert.equal(answer.status, 200, answer.text);
    const lines = answer.text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line));
  }
}

export function configMap(name: string, data: object = { key: 'value' }): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { app: name } }, data };
}

export function deployment(name: string, more: object = {}): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i:1' }] } };
  const spec = { selector: { matchLabels: labels }, template, ...more };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
}

export const read = (answer: RawAnswer): Thing => JSON.parse(answer.text);

export const names = (list: Thing): readonly (string | undefined)[] =>
  (list.items ?? []).map((item) => item.metadata.name);

export function patchOf(type: string, body: string): RawCall {
  return { method: 'PATCH', headers: { 'content-type': `application/${type}` }, body };
}
