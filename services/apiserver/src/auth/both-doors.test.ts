import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, it } from 'node:test';
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { ApiClient, Form, type ListResponse } from '@reckon/proto/reckon/v1/api.ts';
import type { Pem } from '../doors/testing/pki.ts';
import { ApiServerWorld } from '../testing/api-server-world.ts';
import { RawClient } from '../testing/raw-client.ts';

let world: ApiServerWorld;
before(async () => {
  world = await ApiServerWorld.start();
});
after(() => world.stop());

interface Asked {
  readonly group?: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the REST door says to a list: `ok`, or the message of the refusal. */
function overRest(
  as: Pem,
  { group = '', resource, namespace, fieldSelector, headers }: Asked,
): Promise<string> {
  const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
  const within = namespace ? `/namespaces/${namespace}` : '';
  const query = fieldSelector ? `?fieldSelector=${encodeURIComponent(fieldSelector)}` : '';
  return new Promise((resolve, reject) => {
    request({
      host: '127.0.0.1',
      port: world.server.restPort,
      path: `${root}${within}/${resource}${query}`,
      headers: { ...headers },
      ca: world.authority.certificate,
      cert: as.certificate,
      key: as.privateKey,
      agent: false,
    })
      .on('response', async (answer) => {
        let text = '';
        for await (const chunk of answer) text += chunk;
        resolve(answer.statusCode === 200 ? 'ok' : JSON.parse(text).message);
      })
      .on('error', reject)
      .end();
  });
}

function grpcClient(as: Pem): ApiClient {
  const channel = credentials.createSsl(
    Buffer.from(world.authority.certificate),
    Buffer.from(as.privateKey),
    Buffer.from(as.certificate),
  );
  return new ApiClient(`127.0.0.1:${world.server.grpcPort}`, channel, {
    'grpc.ssl_target_name_override': 'localhost',
  });
}

function overGrpc(as: Pem, { group = '', resource, headers, ...rest }: Asked): Promise<string> {
  const client = grpcClient(as);
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers ?? {})) metadata.set(name, value);
  const asked = { ...rest, resource: { group, version: 'v1', resource }, form: Form.FORM_JSON };
  return new Promise<string>((resolve) => {
    client
      .list(asked, metadata)
      .on('data', (_page: ListResponse) => undefined)
      .on('error', (error: ServiceError) => resolve(error.details))
      .on('end', () => resolve('ok'));
  }).finally(() => client.close());
}

async function both(as: Pem, asked: Asked): Promise<string> {
  const [rest, grpc] = [await overRest(as, asked), await overGrpc(as, asked)];
  assert.equal(grpc, rest, 'both doors say the same');
  return rest;
}

it('both doors allow and refuse the same, in the same words', async () => {
  const jane = await world.authority.client('jane', 'dev');
  const admin = world.admin;
  const agent = await world.authority.client('system:node:n1', 'system:nodes');
  const scheduler = await world.authority.client('system:kube-scheduler');
  const pods = { resource: 'pods', namespace: 'default' };
  const denied =
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"';
  assert.equal(await both(admin, pods), 'ok');
  assert.equal(await both(scheduler, { group: 'apps', resource: 'deployments' }), 'ok');
  assert.equal(await both(jane, pods), denied);
  assert.equal(
    await both(jane, { group: 'apps', resource: 'deployments' }),
    'deployments.apps is forbidden: User "jane" cannot list resource "deployments" in API group "apps" at the cluster scope',
  );
  assert.equal(await both(agent, { resource: 'pods', fieldSelector: 'spec.nodeName=n1' }), 'ok');
  assert.match(await both(agent, { resource: 'pods', fieldSelector: 'spec.nodeName=n2' }), /field selector$/);
  assert.match(await both(agent, { resource: 'secrets', namespace: 'default' }), /No Object name found$/);
  assert.match(
    await both(agent, { resource: 'secrets', namespace: 'default', fieldSelector: 'metadata.name=a' }),
    /no relationship found between node 'n1' and this object$/,
  );
});

it('both doors let one act as somebody else under the same rights', async () => {
  const jane = await world.authority.client('jane', 'dev');
  const headers = { 'impersonate-user': 'jane' };
  const pods = { resource: 'pods', namespace: 'default' };
  assert.match(await both(world.admin, { ...pods, headers }), /^pods is forbidden: User "jane" cannot list/);
  assert.equal(
    await both(world.admin, { ...pods, headers: { ...headers, 'impersonate-group': 'system:masters' } }),
    'ok',
  );
  assert.equal(
    await both(jane, { ...pods, headers: { 'impersonate-user': 'root' } }),
    'users "root" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
  );
});

it('the gRPC door answers, too, who may do what, to who may ask', async () => {
  const resource = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' };
  const ask = async (as: Pem, user: string): Promise<unknown> => {
    const spec = { user, resourceAttributes: { verb: 'list', resource: 'pods' } };
    const client = grpcClient(as);
    return new Promise<unknown>((resolve) => {
      client.create({ resource, object: { json: Buffer.from(JSON.stringify({ spec })) } }, (error, answer) =>
        resolve(error ? error.details : JSON.parse(String(answer.object?.json)).status),
      );
    }).finally(() => client.close());
  };
  assert.deepEqual(await ask(world.admin, 'system:kube-scheduler'), { allowed: true });
  assert.deepEqual(await ask(world.admin, 'jane'), { allowed: false });
  assert.match(
    String(await ask(await world.authority.client('jane'), 'jane')),
    /User "jane" cannot create resource "subjectaccessreviews"/,
  );
});

it('a review is held against the schema at both doors, in the same words', async () => {
  const { certificate, privateKey } = world.admin;
  const rest = new RawClient({
    port: world.server.restPort,
    authority: world.authority.certificate,
    as: { certificate, privateKey },
  });
  const group = 'authorization.k8s.io';
  const refusedBy = async (review: object, fieldValidation: string) => {
    const body = JSON.stringify({ apiVersion: `${group}/v1`, kind: 'SubjectAccessReview', ...review });
    const answer = await rest.call(
      `/apis/${group}/v1/subjectaccessreviews?fieldValidation=${fieldValidation}`,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body },
    );
    const client = grpcClient(world.admin);
    const grpc = await new Promise<string>((resolve) => {
      const resource = { group, version: 'v1', resource: 'subjectaccessreviews' };
      const object = { json: Buffer.from(body) };
      client.create({ resource, object, options: { fieldValidation } }, (error, { warnings = [] } = {}) =>
        resolve(error ? error.details : `warned: ${warnings.join()}`),
      );
    }).finally(() => client.close());
    return { status: answer.status, rest: JSON.parse(answer.text).message, grpc };
  };
  const resourceAttributes = { verb: 'list', resource: 'pods' };
  for (const spec of [
    { user: 7, resourceAttributes },
    { user: 'jane', resourceAttributes: 'pods' },
    { user: 'jane', groups: 'dev', resourceAttributes },
  ]) {
    const { status, rest: told, grpc } = await refusedBy({ spec }, 'Warn');
    assert.equal(status, 400);
    assert.equal(grpc, told);
  }
  const misspelt = { spec: { user: 'jane', resourceAttributes, resourceAttribute: {} } };
  const strict = await refusedBy(misspelt, 'Strict');
  assert.equal(strict.grpc, strict.rest);
  assert.match(strict.grpc, /unknown field "spec.resourceAttribute"/);
  assert.match((await refusedBy(misspelt, 'Warn')).grpc, /^warned: unknown field "spec.resourceAttribute"/);
});
