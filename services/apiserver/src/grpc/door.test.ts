import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { type Head, loadSchema } from '@reckon/api';
import {
  ApiClient,
  type CreateResponse,
  Form,
  type GetResponse,
  type HistoryResponse,
  type ListResponse,
  type ReadLogResponse,
  type TraceResponse,
  type TransactRequest,
  type WatchEvent,
  WatchEventType,
  type WatchHeadResponse,
  type WatchResponse,
} from '@reckon/proto/reckon/v1/api.ts';
import { systemClock, systemRandom } from '@reckon/service';
import type { StoredRecord } from '@reckon/store';
import { Authenticator } from '../auth/authenticator.ts';
import { reviews } from '../auth/reviews.ts';
import { testAuthority } from '../auth/testing/test-authority.ts';
import { TokenChain } from '../auth/tokens/token-chain.ts';
import { InFlight } from '../doors/in-flight.ts';
import { DoorMetrics } from '../doors/metrics.ts';
import { MemoryVerbs } from '../doors/testing/memory-verbs.ts';
import { type Pem, TestAuthority } from '../doors/testing/pki.ts';
import { openGrpcDoor } from './create.ts';
import { HeadBroadcast } from './head-broadcast.ts';
import type { GrpcListener } from './listener.ts';

const verbs = new MemoryVerbs();
const noTokens = new TokenChain([]);
const rights = testAuthority().authorizer;
let authority: TestAuthority;
let listener: GrpcListener;
let inFlight: InFlight;
let heads: HeadBroadcast;
const clients: ApiClient[] = [];
const headListeners = new Set<(head: Head) => void>();
let head: Head = { logId: 'log-1', rev: 3, atMs: 1_000.5 };
const records: StoredRecord[] = [1, 2, 3].map((rev) => ({
  rev,
  atMs: Date.UTC(2026, 0, 1) + rev + 0.25,
  key: { resource: 'pods', namespace: 'default', name: `p${rev}` },
  uid: `u${rev}`,
  op: 'create',
  body: rev === 2 ? undefined : Buffer.from(`{"kind":"Pod","rev":${rev}}`),
  prevRev: 0,
  provenance: {
    actor: 'jane',
    requestId: `r${rev}`,
    cause: rev === 3 ? 1 : undefined,
    because: 'wanted',
    via: 'patch',
  },
  schemaVersion: 1,
  confidential: false,
}));

before(async () => {
  authority = await TestAuthority.create();
  const server = await authority.server('127.0.0.1', 'localhost');
  inFlight = new InFlight(systemClock);
  heads = new HeadBroadcast(
    {
      head: async () => head,
      onHead: (callback) => {
        headListeners.add(callback);
        return () => headListeners.delete(callback);
      },
    },
    systemClock,
  );
  listener = await openGrpcDoor(
    { host: '127.0.0.1', port: 0, ...server, clientAuthority: authority.certificate, clock: systemClock },
    {
      verbs,
      authenticator: new Authenticator(noTokens),
      authorizer: rights,
      resources: loadSchema(),
      clock: systemClock,
      random: systemRandom,
      metrics: new DoorMetrics(),
      inFlight,
      heads,
      probes: { ready: async () => [] },
      reviews: reviews({ authority: rights, tokens: noTokens, confirm: async () => {} }),
      log: {
        readLog: async ({ after: from, through }) => {
          const wanted = records.filter(({ rev }) => rev > from && rev <= (through ?? head.rev)).slice(0, 2);
          return { records: wanted, through: wanted.at(-1)?.rev ?? through ?? head.rev, head };
        },
        kept: async () => ({ head, floor: 0 }),
        revisionAt: async (atMs) => records.findLast((record) => record.atMs <= atMs)?.rev ?? 0,
        records: async (revs) => revs.map((rev) => records[rev - 1]),
        effects: async (causes) => records.filter(({ provenance }) => causes.includes(provenance.cause ?? 0)),
        history: async ({ name }, { before = 99 } = {}) =>
          records.filter(({ key, rev }) => key.name === name && rev < before).reverse(),
      },
    },
  );
});

after(async () => {
  for (const client of clients) client.close();
  heads.stop();
  await inFlight.drain(100);
  await listener.close();
});

async function clientOf(name: string, ...groups: readonly string[]): Promise<ApiClient> {
  return connect(await authority.client(name, ...groups));
}

function connect(pem: Pem | undefined): ApiClient {
  const channel = pem
    ? credentials.createSsl(
        Buffer.from(authority.certificate),
        Buffer.from(pem.privateKey),
        Buffer.from(pem.certificate),
      )
    : credentials.createSsl(Buffer.from(authority.certificate));
  // Node refuses an IP address as TLS server name: a name of the certificate stands in for it.
  const client = new ApiClient(`127.0.0.1:${listener.port}`, channel, {
    'grpc.ssl_target_name_override': 'localhost',
  });
  clients.push(client);
  return client;
}

const PODS = { group: '', version: 'v1', resource: 'pods' };

function json(value: object) {
  return { json: Buffer.from(JSON.stringify(value)) };
}

function create(client: ApiClient, namespace: string, name: string, form: Form = Form.FORM_JSON) {
  const object = json({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { nodeName: 'n1' } });
  return new Promise<CreateResponse>((resolve, reject) => {
    client.create({ resource: PODS, namespace, object, form }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

function get(client: ApiClient, namespace: string, name: string, form: Form): Promise<GetResponse> {
  return new Promise((resolve, reject) => {
    client.get({ resource: PODS, namespace, name, form }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

test('an object travels as JSON bytes and as a typed message', async () => {
  const admin = await clientOf('kubernetes-admin', 'system:masters');
  const created = await create(admin, 'forms', 'a');
  const value = JSON.parse(Buffer.from(created.object?.json ?? []).toString());
  assert.equal(value.metadata.name, 'a');
  const typed = await get(admin, 'forms', 'a', Form.FORM_TYPED);
  assert.deepEqual(typed.object?.pod, value);
  const answer = await new Promise<CreateResponse>((resolve, reject) => {
    const object = {
      pod: { metadata: { name: 'typed' }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    };
    admin.create({ resource: PODS, namespace: 'forms', object }, (error, made) =>
      error ? reject(error) : resolve(made),
    );
  });
  assert.equal(answer.object?.pod?.kind, 'Pod');
  assert.deepEqual(answer.object?.pod?.spec, { containers: [{ name: 'c', image: 'i' }] });
});

test('an error carries its code and the Status that the REST door would give', async () => {
  const admin = await clientOf('kubernetes-admin', 'system:masters');
  const error: ServiceError = await get(admin, 'forms', 'missing', Form.FORM_JSON).then(
    () => assert.fail('was found'),
    (thrown) => thrown,
  );
  assert.equal(error.code, status.NOT_FOUND);
  const [trailer] = error.metadata.get('reckon-status-bin');
  const details = JSON.parse(Buffer.from(trailer as Buffer).toString());
  assert.equal(details.message, 'pods "missing" not found');
  assert.equal(details.code, 404);
});

test('a caller without certificate or token is refused, one without the right too', async () => {
  const nobody = connect(undefined);
  await assert.rejects(get(nobody, 'forms', 'a', Form.FORM_JSON), { code: status.UNAUTHENTICATED });
  const jane = await clientOf('jane');
  await assert.rejects(get(jane, 'forms', 'a', Form.FORM_JSON), {
    code: status.PERMISSION_DENIED,
    details:
      'pods "a" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "forms"',
  });
});

test('a long list comes in chunks below the limit of clients, all of one revision', async () => {
  const admin = await clientOf('kubernetes-admin', 'system:masters');
  const annotations = { filler: 'x'.repeat(75_000) };
  for (let i = 0; i < 12; i++) {
    const object = json({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${i}`, annotations } });
    await new Promise<void>((resolve, reject) => {
      admin.create({ resource: PODS, namespace: 'long', object }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }
  const chunks: ListResponse[] = [];
  for await (const chunk of admin.list({ resource: PODS, namespace: 'long', form: Form.FORM_JSON }))
    chunks.push(chunk as ListResponse);
  assert.equal(chunks.length, 4);
  assert.equal(chunks.flatMap((chunk) => chunk.objects ?? []).length, 12);
  assert.deepEqual([...new Set(chunks.map((chunk) => chunk.revision))], [verbs.rev]);
  assert.equal(chunks[0]?.logId, 'test');
});

test('an empty list is one chunk that says its revision', async () => {
  const admin = await clientOf('kubernetes-admin', 'system:masters');
  const chunks: ListResponse[] = [];
  for await (const chunk of admin.list({ resource: PODS, namespace: 'void' }))
    chunks.push(chunk as ListResponse);
  assert.deepEqual(chunks, [{ revision: verbs.rev, logId: 'test' }]);
});

test('a watch delivers what happens, and ends when the client leaves it', async () => {
  const admin = await clientOf('kubernetes-admin', 'system:masters');
  const call = admin.watch({
    resource: PODS,
    namespace: 'seen',
    sendInitialEvents: true,
    form: Form.FORM_JSON,
  });
  call.on('error', () => {});
  const events: WatchEvent[] = [];
  const two = new Promise<void>((resolve) => {
    call.on('data', (batch: WatchResponse) => {
      events.push(...(batch.events ?? []));
      if (events.length >= 2) resolve();
    });
  });
  await new Promise((resolve) => call.once('metadata', resolve));
  const made = await create(admin, 'seen', 'a');
  await two;
  assert.deepEqual(
    events.map(({ type, initialEventsEnd }) => [type, initialEventsEnd]),
    [
      [WatchEventType.WATCH_EVENT_TYPE_BOOKMARK, true],
      [WatchEventType.WATCH_EVENT_TYPE_ADDED, undefined],
    ],
  );
  assert.deepEqual(Buffer.from(events[1]?.object?.json ?? []), Buffer.from(made.object?.json ?? []));
  assert.equal(events[1]?.revision, verbs.rev);
  call.cancel();
  while (verbs.watchers > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('cause and because are believed from services only', async () => {
  const metadata = new Metadata();
  metadata.set('reckon-cause', '7');
  metadata.set('reckon-because', encodeURIComponent('the node is gone – moved'));
  const ask = async (client: ApiClient) => {
    await new Promise<void>((resolve) => {
      client.get({ resource: PODS, namespace: 'seen', name: 'a' }, metadata, () => resolve());
    });
    return verbs.last?.context;
  };
  const service = await ask(await clientOf('system:kube-controller-manager'));
  assert.equal(service?.cause, 7);
  assert.equal(service?.because, 'the node is gone – moved');
  const person = await ask(await clientOf('kubernetes-admin', 'system:masters'));
  assert.equal(person?.cause, undefined);
});

test('a transaction asks for the rights of each of its operations, and names all that are missing', async () => {
  const jane = await clientOf('jane');
  const pod = { resource: PODS, namespace: 'rights', name: 'a' };
  const transact = (client: ApiClient, request: TransactRequest) =>
    new Promise<ServiceError | undefined>((resolve) => {
      client.transact(request, (error) => resolve(error ?? undefined));
    });
  const object = json({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
  const operations = [
    { create: { resource: PODS, namespace: 'rights', object } },
    { delete: pod },
    { require: { ...pod, revision: 1 } },
  ];
  const refused = await transact(jane, { operations });
  assert.equal(refused?.code, status.PERMISSION_DENIED);
  const [trailer] = refused?.metadata.get('reckon-status-bin') ?? [];
  const told = JSON.parse(Buffer.from(trailer as Buffer).toString());
  assert.deepEqual(
    told.details.causes.map(({ field }: { field: string }) => field),
    ['operations[0]', 'operations[1]', 'operations[2]'],
  );
  assert.match(told.message, /operation 1 \(delete pods "a"\): .*cannot delete resource "pods"/);
  const admin = await clientOf('kubernetes-admin', 'system:masters');
  const unreadable = await transact(admin, {
    operations: [{}, { delete: pod }, { delete: { resource: PODS } }],
  });
  assert.equal(unreadable?.code, status.INVALID_ARGUMENT);
  assert.match(unreadable?.details ?? '', /operation 0: .*is empty.*operation 2: .*names no object/);
});

test('a person who says why in a transaction is quoted, and nobody is quoted at length', async () => {
  const admin = await clientOf('kubernetes-admin', 'system:masters');
  const transact = (because: string) =>
    new Promise<ServiceError | undefined>((resolve) => {
      admin.transact({ operations: [], because }, (error) => resolve(error ?? undefined));
    });
  await transact('restored to revision 7');
  assert.equal(verbs.last?.context.because, 'restored to revision 7');
  assert.equal(verbs.last?.context.user.name, 'kubernetes-admin');
  assert.equal((await transact('two\nlines'))?.code, status.INVALID_ARGUMENT);
  assert.equal((await transact('x'.repeat(501)))?.code, status.INVALID_ARGUMENT);
});

test('the log is read page by page, by who may', async () => {
  const controller = await clientOf('system:kube-controller-manager');
  const chunks: ReadLogResponse[] = [];
  for await (const chunk of controller.readLog({ from: 0 })) chunks.push(chunk as ReadLogResponse);
  const read = chunks.flatMap((chunk) => chunk.records ?? []);
  assert.deepEqual(
    read.map(({ revision }) => revision),
    [1, 2, 3],
  );
  assert.equal(chunks.at(-1)?.through, 3);
  assert.equal(read[0]?.at, '2026-01-01T00:00:00.001250Z');
  assert.equal(read[1]?.object, undefined);
  assert.equal(read[2]?.cause, 1);
  const jane = await clientOf('jane');
  const refused = jane.readLog({ from: 0 });
  const error = await new Promise<ServiceError>((resolve) =>
    refused.once('error', (thrown) => resolve(thrown as ServiceError)),
  );
  assert.equal(error.code, status.PERMISSION_DENIED);
});

test('a reader of another log is told that it is gone', async () => {
  const controller = await clientOf('system:kube-controller-manager');
  const call = controller.readLog({ from: 0, logId: 'log-0' });
  const error = await new Promise<ServiceError>((resolve) =>
    call.once('error', (thrown) => resolve(thrown as ServiceError)),
  );
  const [trailer] = error.metadata.get('reckon-status-bin');
  assert.equal(JSON.parse(Buffer.from(trailer as Buffer).toString()).reason, 'Gone');
});

test('the head is told at once, at every change and every second', async () => {
  const controller = await clientOf('system:kube-controller-manager');
  const call = controller.watchHead({});
  call.on('error', () => {});
  const revisions: number[] = [];
  const third = new Promise<void>((resolve) => {
    call.on('data', (answer: WatchHeadResponse) => {
      revisions.push(answer.revision ?? 0);
      if (revisions.length === 1) {
        head = { ...head, rev: 4 };
        for (const tell of headListeners) tell(head);
      }
      if (revisions.length === 3) resolve();
    });
  });
  await third;
  assert.deepEqual(revisions, [3, 4, 4]);
  call.cancel();
});

function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(stream);
}

test('the history of an object and the causes and effects of an event are given to those with the right', async () => {
  const admin = await clientOf('kubernetes-admin', 'system:masters');
  const answers = await collect<HistoryResponse>(
    admin.history({ resource: PODS, namespace: 'default', name: 'p3' }),
  );
  assert.deepEqual(
    answers.flatMap(({ records: found = [] }) => found.map(({ revision, actor }) => [revision, actor])),
    [[3, 'jane']],
  );
  const revisions = async (effects: boolean, revision: number) =>
    (await collect<TraceResponse>(admin.trace({ revision, effects }))).flatMap(({ records: found = [] }) =>
      found.map((record) => record.revision),
    );
  assert.deepEqual(await revisions(false, 3), [3, 1]);
  assert.deepEqual(await revisions(true, 1), [1, 3]);
  const jane = await clientOf('jane');
  await assert.rejects(
    collect(jane.history({ resource: PODS, namespace: 'default', name: 'p3' })),
    (error: ServiceError) => error.code === status.PERMISSION_DENIED,
  );
  await assert.rejects(
    collect(jane.trace({ revision: 1 })),
    (error: ServiceError) => error.code === status.PERMISSION_DENIED,
  );
});
