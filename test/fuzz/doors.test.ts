/**
 * Both doors under whatever a seed makes up: no crash, no hang, no answer that says the server failed, and no memory
 * that does not come back. `./reckon test fuzz --seconds 600 --seed 7` runs longer, or one seed again.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type CallOptions, Client, credentials, type StatusObject, status } from '@grpc/grpc-js';
import { createProtobufCodec, loadSchema } from '@reckon/api';
import { ApiServerWorld } from '@reckon/apiserver/testing/api-server-world.ts';
import { systemClock, systemRandom } from '@reckon/service';
import { Draw } from './support/draw.ts';
import { type GrpcFuzzRequest, GrpcRequests } from './support/grpc-requests.ts';
import { type FuzzRequest, RestRequests } from './support/rest-requests.ts';

const SECONDS = Number(process.env.RECKON_FUZZ_SECONDS ?? 60);
/** A gate judges the change and not the dice: CI repeats one run, everybody else throws anew. */
const CI_SEED = process.env.CI ? 1_368_950_729 : undefined;
const SEED = Number(process.env.RECKON_FUZZ_SEED ?? CI_SEED ?? Math.floor(systemRandom.next() * 2 ** 32));
/** Watches are asked to end after a second; nothing else may take nearly as long. */
const ANSWER_WITHIN_MS = 20_000;
const AT_ONCE = 8;
const GROWTH_BYTES = 96 * 1024 * 1024;
/** The number of `Object`'s field that holds JSON. */
const JSON_FIELD = 1;

console.log(`seed ${SEED}, ${SECONDS} s: RECKON_FUZZ_SEED=${SEED} RECKON_FUZZ_SECONDS=${SECONDS}`);

let world: ApiServerWorld;
const schema = loadSchema();
before(async () => {
  world = await ApiServerWorld.start();
});
after(() => world.stop());

const untilMs = (share: number) => systemClock.monotonicMs() + SECONDS * 1_000 * share;

/** Runs workers, each with a share of the seed, until the time is up. Resolves to the number of requests. */
async function drive(share: number, worker: (draw: Draw) => () => Promise<void>): Promise<number> {
  const end = untilMs(share);
  let count = 0;
  const workers = Array.from({ length: AT_ONCE }, async (_, i) => {
    const one = worker(new Draw(SEED + i * 7_919));
    while (systemClock.monotonicMs() < end) {
      await one();
      count++;
    }
  });
  await Promise.all(workers);
  return count;
}

/** What went wrong, each kind once: a run that ends at the first fault finds one a day. */
class Faults {
  readonly #found = new Map<string, string>();

  add(what: string, by: string): void {
    if (!this.#found.has(what)) this.#found.set(what, by);
  }

  none(): void {
    const list = [...this.#found].map(([what, by]) => `${what}\n    ${by}`);
    assert.equal(list.length, 0, `seed ${SEED}: ${list.length} faults\n${list.join('\n')}`);
  }
}

function settledHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

function shown(value: { readonly body?: unknown; readonly headers?: object; readonly path: string }): string {
  const body = value.body instanceof Uint8Array ? Buffer.from(value.body).toString('base64') : value.body;
  return JSON.stringify({ ...value, body }).slice(0, 4_000);
}

test('HTTPS: every answer comes in time and none is the server’s fault', {
  timeout: (SECONDS + 120) * 1_000,
}, async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE * 2 });
  const statuses = new Map<number, number>();
  const faults = new Faults();
  const send = (wanted: FuzzRequest): Promise<void> =>
    new Promise((resolve) => {
      const { method, path, headers, body } = wanted;
      const done = (code: number, text: string) => {
        timer();
        statuses.set(code, (statuses.get(code) ?? 0) + 1);
        if (code === 500) faults.add(text, shown(wanted));
        resolve();
      };
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const sent = request({
        ...{
          host: '127.0.0.1',
          port: world.server.restPort,
          method,
          path: encodeURI(path).replaceAll('%25', '%'),
        },
        headers: { ...headers, ...length },
        ca: world.authority.certificate,
        cert: world.admin.certificate,
        key: world.admin.privateKey,
        agent,
      });
      const timer = systemClock.after(ANSWER_WITHIN_MS, () => {
        faults.add(`no answer in ${ANSWER_WITHIN_MS} ms`, shown(wanted));
        sent.destroy();
      });
      // A server may hang up on what is no HTTP at all, or while it is being sent too much.
      sent.on('error', () => done(0, ''));
      sent.on('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          if (text.length < 2_000) text += chunk;
        });
        response.on('end', () => done(response.statusCode ?? 0, text));
        response.on('error', () => done(0, ''));
      });
      sent.end(body);
    });
  const codec = createProtobufCodec(schema);
  const worker = (draw: Draw) => {
    const requests = new RestRequests(draw, schema, codec);
    return () => send(requests.next());
  };
  await drive(0.1, worker);
  const before = settledHeapBytes();
  const count = await drive(0.6, worker);
  agent.destroy();
  const grown = settledHeapBytes() - before;
  console.log(
    `${count} requests, heap ${Math.round(grown / 1024)} KiB more`,
    Object.fromEntries([...statuses].sort()),
  );
  faults.none();
  assert.ok(grown < GROWTH_BYTES, `the heap grew by ${grown} bytes`);
  const known = await new RestAlive(world).answers();
  assert.ok(known, 'and it still answers');
});

test('gRPC: every call ends in time and none is the server’s fault', {
  timeout: (SECONDS + 120) * 1_000,
}, async () => {
  const target = `localhost:${world.server.grpcPort}`;
  const pem = [world.authority.certificate, world.admin.privateKey, world.admin.certificate] as const;
  const [ca, key, cert] = pem.map((part) => Buffer.from(part));
  const client = new Client(target, credentials.createSsl(ca, key, cert));
  const statuses = new Map<string, number>();
  const faults = new Faults();
  const same = (bytes: Uint8Array) => Buffer.from(bytes);
  const call = async ({ path, message }: GrpcFuzzRequest): Promise<void> => {
    const options: CallOptions = { deadline: systemClock.nowMs() + 2_000 };
    const stream = client.makeServerStreamRequest(path, same, (bytes) => bytes, message, options);
    stream.on('data', () => {});
    stream.on('error', () => {});
    const { code, details } = await new Promise<StatusObject>((resolve) => stream.once('status', resolve));
    const name = status[code] ?? String(code);
    statuses.set(name, (statuses.get(name) ?? 0) + 1);
    const fault = code === status.UNKNOWN || code === status.INTERNAL || code === status.DATA_LOSS;
    if (fault && !/deserializ|unimplemented/i.test(details))
      faults.add(`${name}: ${details}`, shown({ path, body: message }));
  };
  const worker = (draw: Draw) => {
    const requests = new GrpcRequests(draw, schema, JSON_FIELD);
    return () => call(requests.next());
  };
  const count = await drive(0.3, worker);
  client.close();
  console.log(`${count} calls`, Object.fromEntries([...statuses].sort()));
  faults.none();
  assert.ok(await new RestAlive(world).answers(), 'and it still answers');
});

/** Asks the simplest question there is. */
class RestAlive {
  readonly #world: ApiServerWorld;

  constructor(asked: ApiServerWorld) {
    this.#world = asked;
  }

  async answers(): Promise<boolean> {
    const { server, authority } = this.#world;
    const sent = request({
      host: '127.0.0.1',
      port: server.restPort,
      path: '/readyz',
      ca: authority.certificate,
    });
    sent.end();
    const [response] = await once(sent, 'response');
    response.resume();
    return response.statusCode === 200;
  }
}
