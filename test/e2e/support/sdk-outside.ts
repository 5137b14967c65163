/**
 * What somebody relies on who has installed the client: compiled against its declarations and run by a plain `node`,
 * outside of the workspace. The environment says KUBECONFIG and APISERVER_PID (there is a ServiceAccount `robot` that may
 * get ConfigMaps), and FLOOR, a revision below which history is gone.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  ApiError,
  type Client,
  CONFIG_MAPS,
  connect,
  defineKind,
  isApiError,
  type KubeObject,
  operation,
  PODS,
  type Reason,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '@reckon/sdk';
import { ApiClient } from '@reckon/sdk/grpc';

/** Of authentication.k8s.io/v1. */
interface TokenRequest extends KubeObject {
  readonly status?: { readonly token?: string };
}

const cluster = connect();
after(() => cluster.close());

const map = (name: string, value: string) => ({
  metadata: { name, labels: { test: name } },
  data: { value },
});
const failsWith = (reason: Reason) => (error: unknown) => isApiError(error, reason);
const apiServer = Number(process.env.APISERVER_PID);

/** While the API server hangs: it holds its connections, and answers nobody. */
async function whileFrozen(act: () => Promise<unknown>): Promise<void> {
  process.kill(apiServer, 'SIGSTOP');
  try {
    await act();
  } finally {
    process.kill(apiServer, 'SIGCONT');
  }
}

test('an object is created, changed by everything that changes, listed and deleted', async () => {
  const { object, revision } = await cluster.create(CONFIG_MAPS, map('life', '1'));
  assert.equal(object.metadata.namespace, 'default');
  assert.equal(object.metadata.resourceVersion, String(revision));
  const updated = await cluster.update(CONFIG_MAPS, { ...object, data: { value: '2' } });
  assert.ok(updated.revision > revision);
  const patch = { type: 'merge', value: { data: { value: '3' } } } as const;
  await cluster.patch(CONFIG_MAPS, 'life', { patch });
  await cluster.apply(CONFIG_MAPS, { metadata: { name: 'life' }, data: { more: '4' } });
  const { data } = await cluster.get(CONFIG_MAPS, 'life');
  assert.deepEqual(data, { value: '3', more: '4' });
  const { items } = await cluster.list(CONFIG_MAPS, { namespace: 'default', labelSelector: 'test=life' });
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['life'],
  );
  const gone = await cluster.delete(CONFIG_MAPS, 'life');
  assert.ok(gone.deleted);
  await assert.rejects(cluster.get(CONFIG_MAPS, 'life'), failsWith('NotFound'));
});

test('a transaction writes all at consecutive revisions, or nothing', async () => {
  const { firstRevision, revision, objects } = await cluster.transact(
    [
      operation.require(CONFIG_MAPS, 'first', 0),
      operation.create(CONFIG_MAPS, map('first', '1')),
      operation.create(CONFIG_MAPS, map('second', '1')),
    ],
    { because: 'they belong together' },
  );
  assert.equal(revision, firstRevision + 1);
  assert.equal(objects[0], undefined);
  assert.equal(objects[2]?.metadata.name, 'second');
  const { records } = await cluster.trace(revision);
  assert.equal(records[0]?.because, 'they belong together');
  const again = cluster.transact([
    operation.create(CONFIG_MAPS, map('third', '1')),
    operation.require(CONFIG_MAPS, 'first', 0),
  ]);
  await assert.rejects(again, failsWith('Conflict'));
  await assert.rejects(cluster.get(CONFIG_MAPS, 'third'), failsWith('NotFound'));
});

test('an error says what it is, which fields are wrong, and whether to try again', async () => {
  const wrong = cluster.create(PODS, { metadata: { name: 'Not A Name' }, spec: { containers: [] } });
  await assert.rejects(wrong, (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.reason, 'Invalid');
    assert.equal(error.httpStatus, 422);
    assert.equal(error.grpcCode, 3);
    assert.equal(error.retry, 'never');
    const fields = error.details.causes?.map(({ field }) => field);
    assert.deepEqual(fields?.sort(), ['metadata.name', 'spec.containers']);
    return true;
  });
  await cluster.create(CONFIG_MAPS, map('taken', '1'));
  await assert.rejects(cluster.create(CONFIG_MAPS, map('taken', '1')), failsWith('AlreadyExists'));
  const { metadata } = await cluster.get(CONFIG_MAPS, 'taken');
  await cluster.patch(CONFIG_MAPS, 'taken', { patch: { type: 'merge', value: { data: { value: '2' } } } });
  const stale = {
    ...map('taken', '3'),
    metadata: { name: 'taken', resourceVersion: metadata.resourceVersion },
  };
  await assert.rejects(cluster.update(CONFIG_MAPS, stale), failsWith('Conflict'));
  const widgets = defineKind({ apiVersion: 'example.org/v1', resource: 'widgets', kind: 'Widget' });
  await assert.rejects(cluster.create(widgets, { metadata: { name: 'a' }, size: 3 }), failsWith('NotFound'));
});

test('what was is there to be read, and who did it', async () => {
  const { revision } = await cluster.create(CONFIG_MAPS, map('past', 'then'));
  await cluster.patch(CONFIG_MAPS, 'past', { patch: { type: 'merge', value: { data: { value: 'now' } } } });
  const then = await cluster.at({ revision });
  assert.equal(then.revision, revision);
  assert.deepEqual((await then.get(CONFIG_MAPS, 'past')).data, { value: 'then' });
  const { items } = await then.list(CONFIG_MAPS, { labelSelector: 'test=past' });
  assert.deepEqual(items[0]?.data, { value: 'then' });
  const told: string[] = [];
  for await (const record of cluster.history(CONFIG_MAPS, 'past', { order: 'oldest' }))
    told.push(`${record.actor} ${record.operation} ${JSON.stringify(record.object?.data)}`);
  assert.deepEqual(told, [
    'kubernetes-admin create {"value":"then"}',
    'kubernetes-admin update {"value":"now"}',
  ]);
  const logged: number[] = [];
  for await (const record of cluster.readLog({
    after: revision - 1,
    resources: ['configmaps'],
    name: 'past',
  }))
    logged.push(record.revision);
  assert.equal(logged[0], revision);
  const { records } = await cluster.why(CONFIG_MAPS, 'past');
  assert.deepEqual(
    records.map(({ via }) => via),
    ['create', 'patch'],
  );
  await assert.rejects(cluster.why(CONFIG_MAPS, 'never-was'), failsWith('NotFound'));
});

test('a call ends at its deadline with Timeout, or when its signal is aborted with the reason of that', async () => {
  await whileFrozen(async () => {
    await assert.rejects(cluster.get(CONFIG_MAPS, 'past', { timeoutMs: 200 }), failsWith('Timeout'));
    const reason = new Error('I have changed my mind');
    const cancel = new AbortController();
    const asked = cluster.list(CONFIG_MAPS, { signal: cancel.signal });
    const told = cluster.history(CONFIG_MAPS, 'past', { signal: cancel.signal }).next();
    setImmediate(() => cancel.abort(reason));
    await assert.rejects(asked, (error) => error === reason);
    await assert.rejects(told, (error) => error === reason);
  });
  await assert.rejects(async () => {
    for await (const _ of cluster.watch(CONFIG_MAPS, { timeoutMs: 200 }));
  }, failsWith('Timeout'));
  const enough = new AbortController();
  for await (const event of cluster.watch(CONFIG_MAPS, { signal: enough.signal }))
    if (event.type === 'BOOKMARK') enough.abort();
  assert.ok(enough.signal.aborted, 'the watch has ended quietly');
});

test('a ServiceAccount may do with its token what it was given, and nothing else', async () => {
  const { object } = await cluster.createSubresource<TokenRequest>(SERVICE_ACCOUNTS, 'robot', {
    subresource: 'token',
    object: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  const { token = '' } = object.status ?? {};
  const robot = connect({ token });
  try {
    assert.equal((await robot.get(CONFIG_MAPS, 'past')).data?.value, 'now');
    await assert.rejects(robot.list(SECRETS), (error) => {
      assert.ok(isApiError(error, 'Forbidden'));
      assert.equal(error.httpStatus, 403);
      assert.match(
        error.message,
        /User "system:serviceaccount:default:robot" cannot list resource "secrets"/,
      );
      return true;
    });
    await assert.rejects(robot.history(CONFIG_MAPS, 'past').next(), failsWith('Forbidden'));
  } finally {
    robot.close();
  }
  const nobody = connect({ token: () => 'not a token' });
  try {
    await assert.rejects(nobody.get(CONFIG_MAPS, 'past'), failsWith('Unauthorized'));
  } finally {
    nobody.close();
  }
});

test('a watch outlives the API server, and gives each change once', async () => {
  const seen: string[] = [];
  const interrupted: string[] = [];
  await cluster.create(CONFIG_MAPS, map('here-before', '1'));
  const watched = cluster.watch(CONFIG_MAPS, {
    namespace: 'default',
    labelSelector: 'test in (here-before, came-after)',
    timeoutMs: 60_000,
    onInterrupted: (error) => interrupted.push(isApiError(error) ? error.reason : String(error)),
  });
  for await (const event of watched) {
    if (event.type === 'BOOKMARK') {
      if (!event.initialEventsEnd) continue;
      seen.push('all that was there');
      process.kill(apiServer, 'SIGKILL');
      // Not waited for: the watch has to come back by itself.
      void createOnceThere(cluster, 'came-after');
      continue;
    }
    seen.push(`${event.type} ${event.object.metadata.name}`);
    if (event.type === 'ADDED' && event.object.metadata.name === 'came-after')
      await cluster.delete(CONFIG_MAPS, 'here-before');
    if (event.type === 'DELETED') break;
  }
  assert.deepEqual(seen, [
    'ADDED here-before',
    'all that was there',
    'ADDED came-after',
    'DELETED here-before',
  ]);
  assert.equal(interrupted[0], 'ServiceUnavailable');
});

/** By an API server that has just started: the one before it still had the last events in memory. */
test('history that is gone is Expired, for a read and for a watch, and another log is Gone', async () => {
  const revision = Number(process.env.FLOOR) - 1;
  await assert.rejects(cluster.at({ revision }), failsWith('Expired'));
  const first = async (options: { readonly after: number; readonly logId?: string }) => {
    for await (const event of cluster.watch(CONFIG_MAPS, options)) return event;
    return undefined;
  };
  await assert.rejects(first({ after: revision }), failsWith('Expired'));
  const { head } = await cluster.head();
  await assert.rejects(first({ after: head, logId: 'of another cluster' }), failsWith('Gone'));
});

test('the generated stub is there for what the client does not wrap', () => {
  assert.equal(ApiClient.serviceName, 'reckon.v1.Api');
});

/** Again and again while there is nobody to ask. */
async function createOnceThere(client: Client, name: string): Promise<void> {
  for (;;)
    try {
      await client.create(CONFIG_MAPS, map(name, '1'));
      return;
    } catch (error) {
      if (isApiError(error, 'AlreadyExists')) return;
      if (!isApiError(error, 'ServiceUnavailable')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
