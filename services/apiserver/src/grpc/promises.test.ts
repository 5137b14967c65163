/** What the gRPC door promises about calls: at a whole API server with a real Postgres. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import {
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { ApiClient, type ListResponse, type ReadLogResponse } from '@reckon/proto/reckon/v1/api.ts';
import { systemClock } from '@reckon/service';
import pg from 'pg';
import { ApiServerWorld } from '../testing/api-server-world.ts';
import { RawClient } from '../testing/raw-client.ts';

const MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const BIG = 200_000;

let world: ApiServerWorld;
let client: ApiClient;
let rest: RawClient;

const channel = () =>
  credentials.createSsl(
    Buffer.from(world.authority.certificate),
    Buffer.from(world.admin.privateKey),
    Buffer.from(world.admin.certificate),
  );
const LOCALHOST = { 'grpc.ssl_target_name_override': 'localhost' };

before(async () => {
  world = await ApiServerWorld.start();
  client = new ApiClient(`127.0.0.1:${world.server.grpcPort}`, channel(), LOCALHOST);
  rest = new RawClient({
    port: world.server.restPort,
    authority: world.authority.certificate,
    as: world.admin,
  });
});
after(async () => {
  client.close();
  await world.stop();
});

/** Resolves with the error, or undefined. */
function create(name: string, options: { readonly deadlineMs?: number; readonly text?: string } = {}) {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: options.text ?? '' } };
  const request = {
    resource: MAPS,
    namespace: 'default',
    object: { json: Buffer.from(JSON.stringify(map)) },
  };
  const deadline =
    options.deadlineMs === undefined ? {} : { deadline: systemClock.nowMs() + options.deadlineMs };
  return new Promise<ServiceError | undefined>((resolve) => {
    client.create(request, new Metadata(), deadline, (error) => resolve(error ?? undefined));
  });
}

async function gauge(name: string): Promise<number> {
  const { text } = await rest.call('/metrics');
  return Number(new RegExp(`^${RegExp.escape(name)} (\\d+)$`, 'm').exec(text)?.[1]);
}

describe('a deadline', () => {
  it('is kept while Postgres waits, and what waits behind is not written any more', async () => {
    const blocker = new pg.Client({ connectionString: world.config.databaseUrl });
    await blocker.connect();
    try {
      await blocker.query('begin');
      await blocker.query('select from log_head for update');
      // One commit is under way when the other one comes to stand behind it.
      const ahead = create('ahead');
      while (!(await waits(blocker))) await new Promise((resolve) => setImmediate(resolve));
      const startedMs = systemClock.monotonicMs();
      const error = await create('late', { deadlineMs: 200 });
      assert.equal(error?.code, status.DEADLINE_EXCEEDED);
      assert.ok(systemClock.monotonicMs() - startedMs < 900, 'it is told in time');
      // The client counts for itself: the server may hear a moment later that time is up.
      while ((await gauge('apiserver_current_inflight_requests{request_kind="mutating"}')) > 1);
      await blocker.query('rollback');
      // Or it was told by then that the database took too long.
      await ahead;
    } finally {
      await blocker.end();
    }
    assert.equal(await create('after'), undefined);
    const { status: found } = await rest.call('/api/v1/namespaces/default/configmaps/late');
    assert.equal(found, 404);
  });
});

/** Whether a commit waits for the head of the log. */
async function waits(blocker: pg.Client): Promise<boolean> {
  const { rows } = await blocker.query(
    `select from pg_stat_activity where application_name like 'reckon-commit%' and wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
}

describe('what a client cancels', () => {
  const gone = async () => {
    while ((await gauge('apiserver_longrunning_requests')) > 0);
  };

  it('a watch', async () => {
    const call = client.watch({ resource: MAPS, namespace: 'default' });
    call.on('error', () => {});
    await once(call, 'metadata');
    assert.equal(await gauge('apiserver_longrunning_requests'), 1);
    call.cancel();
    await gone();
  });

  for (const [what, begin] of [
    ['a list', () => client.list({ resource: MAPS, namespace: 'default' })],
    ['the log', () => client.readLog({ from: 0 })],
  ] as const)
    it(`${what} that is only begun to be read lets go of what it held`, async () => {
      if ((await gauge('apiserver_storage_objects\\{resource="configmaps"\\}')) < 60)
        for (let i = 0; i < 60; i++)
          assert.equal(await create(`big-${i}`, { text: 'x'.repeat(BIG) }), undefined);
      const call = begin();
      call.on('error', () => {});
      await new Promise<void>((resolve) => {
        call.once('data', (_page: ListResponse | ReadLogResponse) => {
          call.pause();
          resolve();
        });
      });
      call.cancel();
      await gone();
    });
});

/** A client of a service of which nothing is known but its name, as grpcurl is one. */
function raw(service: string, method: string, streams: boolean) {
  const bytes = (value: Buffer) => value;
  const Client = makeGenericClientConstructor(
    {
      [method]: {
        path: `/${service}/${method}`,
        requestStream: streams,
        responseStream: streams,
        requestSerialize: bytes,
        requestDeserialize: bytes,
        responseSerialize: bytes,
        responseDeserialize: bytes,
      },
    },
    service,
  );
  return new Client(`127.0.0.1:${world.server.grpcPort}`, channel(), LOCALHOST);
}

for (const version of ['v1', 'v1alpha'])
  it(`reflection ${version} lists the services and describes them`, async () => {
    const asking = raw(`grpc.reflection.${version}.ServerReflection`, 'ServerReflectionInfo', true);
    const ask = async (field: number, text: string) => {
      const call = asking.makeBidiStreamRequest<Buffer, Buffer>(
        `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
        (value) => value,
        (value) => value,
      );
      call.write(Buffer.concat([Buffer.from([(field << 3) | 2, text.length]), Buffer.from(text)]));
      const [answer] = await once(call, 'data');
      call.end();
      return String(answer);
    };
    const listed = await ask(7, '');
    for (const service of ['reckon.v1.Api', 'grpc.health.v1.Health']) assert.ok(listed.includes(service));
    assert.match(await ask(4, 'reckon.v1.Api'), /reckon\/v1\/api\.proto/);
    assert.match(await ask(4, 'grpc.health.v1.Health'), /grpc\/health\/v1\/health\.proto/);
    assert.match(await ask(4, 'no.such.Service'), /no\.such\.Service not found/);
    asking.close();
  });

it('the health service says what readyz says', async () => {
  const asking = raw('grpc.health.v1.Health', 'Check', false);
  const check = (service: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      asking.makeUnaryRequest<Buffer, Buffer>(
        '/grpc.health.v1.Health/Check',
        (value) => value,
        (value) => value,
        Buffer.concat([Buffer.from([10, service.length]), Buffer.from(service)]),
        (error, answer) => (error ? reject(error) : resolve(answer?.[1])),
      );
    });
  const [SERVING, NOT_SERVING] = [1, 2];
  assert.equal(await check(''), SERVING);
  assert.equal(await check('reckon.v1.Api'), SERVING);
  await assert.rejects(check('no.such.Service'), { code: status.NOT_FOUND });
  const healthy = world.health.addReady('test', () => {
    throw new Error('not now');
  });
  assert.equal(await check(''), NOT_SERVING);
  assert.equal((await rest.call('/readyz')).status, 500);
  healthy();
  assert.equal(await check(''), SERVING);
  asking.close();
});
