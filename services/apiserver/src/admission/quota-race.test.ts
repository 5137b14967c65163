/** Quotas under writers at the same time, at a real server, by both of its doors. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { ApiClient } from '@reckon/proto/reckon/v1/api.ts';
import { ApiServerWorld } from '../testing/api-server-world.ts';
import { RawClient } from '../testing/raw-client.ts';

type Amounts = Readonly<Record<string, string>>;

const ROOM = 10;
const CLIENTS = 64;
const MADE = 'made';

let world: ApiServerWorld;
let rest: RawClient;
let grpc: ApiClient;

before(async () => {
  world = await ApiServerWorld.start();
  const { certificate, privateKey } = world.admin;
  rest = new RawClient({
    port: world.server.restPort,
    authority: world.authority.certificate,
    as: world.admin,
  });
  const channel = credentials.createSsl(
    Buffer.from(world.authority.certificate),
    Buffer.from(privateKey),
    Buffer.from(certificate),
  );
  grpc = new ApiClient(`127.0.0.1:${world.server.grpcPort}`, channel, {
    'grpc.ssl_target_name_override': 'localhost',
  });
});
after(async () => {
  grpc.close();
  await world.stop();
});

async function ask(path: string, method: string, body: object): Promise<void> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const answer = await rest.call(path, {
    method,
    headers: { 'content-type': type },
    body: JSON.stringify(body),
  });
  assert.ok(answer.status < 300, answer.text);
}

async function namespaceWith(namespace: string, quotas: Readonly<Record<string, Amounts>>): Promise<void> {
  await ask('/api/v1/namespaces', 'POST', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  for (const [name, hard] of Object.entries(quotas)) {
    const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
    await ask(path, 'POST', { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard } });
    // As the quota controller says that nothing is used yet.
    const used = Object.fromEntries(Object.keys(hard).map((resource) => [resource, '0']));
    await ask(`${path}/${name}/status`, 'PATCH', { status: { hard, used } });
  }
}

function podOf(name: string) {
  const resources = { requests: { cpu: '100m' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i:1', resources }] },
  };
}

/** `made`, or what the refusal says after the name of the pod; anything but 403 is an error of the test. */
async function overRest(namespace: string, name: string): Promise<string> {
  const answer = await rest.call(`/api/v1/namespaces/${namespace}/pods`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(podOf(name)),
  });
  if (answer.status === 201) return MADE;
  const { message, reason } = JSON.parse(answer.text);
  assert.deepEqual([answer.status, reason], [403, 'Forbidden'], answer.text);
  return withoutName(message);
}

function overGrpc(namespace: string, name: string): Promise<string> {
  const object = { json: Buffer.from(JSON.stringify(podOf(name))) };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  return new Promise((resolve, reject) =>
    grpc.create({ resource, namespace, object }, (error: ServiceError | null) => {
      if (!error) resolve(MADE);
      else if (error.code === status.PERMISSION_DENIED) resolve(withoutName(error.details));
      else reject(error);
    }),
  );
}

function withoutName(message: string): string {
  assert.match(message, /^pods "p-\d+" is forbidden: /);
  return message.replace(/^pods "[^"]*" is forbidden: /, '');
}

async function race(namespace: string): Promise<{ made: number; refusals: readonly string[] }> {
  const results = await Promise.all(
    Array.from({ length: CLIENTS }, (_, i) => (i % 2 === 0 ? overRest : overGrpc)(namespace, `p-${i}`)),
  );
  const refused = results.filter((result) => result !== MADE);
  return { made: CLIENTS - refused.length, refusals: [...new Set(refused)] };
}

async function usedOf(namespace: string, quota: string): Promise<Amounts> {
  const { text } = await rest.call(`/api/v1/namespaces/${namespace}/resourcequotas/${quota}`);
  return JSON.parse(text).status.used;
}

async function podsIn(namespace: string): Promise<number> {
  const { text } = await rest.call(`/api/v1/namespaces/${namespace}/pods`);
  return JSON.parse(text).items.length;
}

it(`${CLIENTS} creates at once by both doors make exactly the ${ROOM} pods that the quota has room for`, async () => {
  await namespaceWith('one-quota', { q: { pods: String(ROOM) } });
  assert.deepEqual(await race('one-quota'), {
    made: ROOM,
    refusals: [`exceeded quota: q, requested: pods=1, used: pods=${ROOM}, limited: pods=${ROOM}`],
  });
  assert.equal(await podsIn('one-quota'), ROOM);
  assert.deepEqual(await usedOf('one-quota', 'q'), { pods: String(ROOM) });
});

it('of two quotas the narrower one decides, and both are charged with what was made and nothing else', async () => {
  await namespaceWith('two-quotas', { a: { 'requests.cpu': '1' }, b: { pods: '40' } });
  assert.deepEqual(await race('two-quotas'), {
    made: ROOM,
    refusals: [
      'exceeded quota: a, requested: requests.cpu=100m, used: requests.cpu=1, limited: requests.cpu=1',
    ],
  });
  assert.equal(await podsIn('two-quotas'), ROOM);
  assert.deepEqual(await usedOf('two-quotas', 'a'), { 'requests.cpu': '1' });
  assert.deepEqual(await usedOf('two-quotas', 'b'), { pods: String(ROOM) });
});
