/**
 * Postgres and NATS in containers of their own, under load, and everything bad that can happen to them. Whatever it
 * is: no acknowledged write is lost, no event of a watch is lost, doubled or out of order, no node is declared dead for it,
 * and no service dies of it. `CHAOS_SEED` repeats a run: it decides the order of the faults and how long each lasts.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { LogRecord, Revision } from '@reckon/api';
import type { Verification } from '@reckon/cli/commands/verify.ts';
import { freePort, SeededRandom, systemClock, systemRandom } from '@reckon/service';
import { Network, type StartedNetwork } from 'testcontainers';
import { TestCluster } from '../e2e/support/cluster.ts';
import { type Engine, startEngine } from './support/engine.ts';
import { buildImages, NATS_IMAGE, POSTGRES_IMAGE } from './support/images.ts';
import { Load } from './support/load.ts';
import { Part } from './support/part.ts';

/** CI repeats one run, everybody else throws the dice anew. */
const CI_SEED = process.env.CI ? 399_781 : undefined;
const seed = Number(process.env.CHAOS_SEED ?? CI_SEED ?? Math.floor(systemRandom.next() * 1_000_000));
console.log(`chaos seed: ${seed} (repeat with CHAOS_SEED=${seed})`);
const random = new SeededRandom(seed);

/** Longer than the grace that a silent node gets: 6 s. */
const LONG_MS = 8_000;
const someMs = () => 300 + Math.floor(random.next() * 2_000);

const engine = await startEngine();

describe('a cluster whose Postgres and NATS break', {
  skip: engine ? false : 'there is no container engine here',
}, () => {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-chaos-'));
  let network: StartedNetwork;
  let postgres: Part;
  let nats: Part;
  let cluster: TestCluster;
  const loads: Load[] = [];

  before(async () => {
    chmodSync(directory, 0o711);
    await buildImages();
    network = await new Network().start();
    const [postgresPort, natsPort] = [await freePort(), await freePort()];
    [postgres, nats] = await Promise.all([
      Part.start({
        image: POSTGRES_IMAGE,
        network,
        containerPort: 5432,
        port: postgresPort,
        directory: join(directory, 'postgres'),
        readyLine: /ready to accept connections/,
      }),
      Part.start({
        image: NATS_IMAGE,
        network,
        containerPort: 4222,
        port: natsPort,
        directory: join(directory, 'nats'),
        readyLine: /Server is ready/,
      }),
    ]);
    cluster = await TestCluster.start({
      hollow: 3,
      up: [
        ...['--database-url', `postgres://reckon@127.0.0.1:${postgresPort}/reckon`],
        ...['--nats-url', `nats://127.0.0.1:${natsPort}`],
      ],
    });
  });

  after(async () => {
    for (const load of loads) load.abandon();
    await cluster?.stop();
    await Promise.all([postgres?.remove(), nats?.remove()]);
    await network?.stop();
    await (engine as Engine).stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const head = async (): Promise<Revision> => {
    for await (const { rev } of cluster.api.watchHead()) return rev;
    throw new Error('the API server did not say where the log ends');
  };

  const records = async (start: Revision, resource: string): Promise<readonly LogRecord[]> => {
    const found: LogRecord[] = [];
    const through = await head();
    for await (const chunk of cluster.api.readLog({ after: start, through, resources: [resource] }))
      found.push(...chunk.records);
    return found;
  };

  /** Breaks something under load, and holds what everybody was told beside the log. */
  async function survive(fault: () => Promise<void>): Promise<void> {
    const start = await head();
    const load = Load.start(cluster.api, start);
    loads.push(load);
    await load.progress(20);
    await fault();
    // All is well again once writes go through.
    await load.progress(20);
    await load.stop();
    assert.deepEqual([load.expired, load.replaced], [0, 0], 'somebody was told that the log was replaced');
    const written = await records(start, 'configmaps');
    const end = load.seen.at(-1)?.rev ?? 0;
    assert.deepEqual(
      load.seen.map(({ rev, name }) => `${rev} ${name}`),
      written.filter(({ rev }) => rev <= end).map(({ rev, key }) => `${rev} ${key.name}`),
      'a watch shows the log: complete, in order, once each',
    );
    const texts = new Map(written.map(({ rev, body }) => [rev, textOf(body)]));
    for (const [rev, text] of load.acknowledged)
      assert.equal(texts.get(rev), text, `the write acknowledged as ${rev} is in the log`);
    assert.deepEqual(await notReady(start), [], 'no node was declared dead');
    assert.deepEqual(await restarted(), [], 'no service died of it');
    await verified();
  }

  async function restarted(): Promise<readonly string[]> {
    const { components } = await cluster.status();
    return components.flatMap(({ name, restarts, trouble }) => (restarts > 0 ? [`${name}: ${trouble}`] : []));
  }

  async function notReady(start: Revision): Promise<readonly string[]> {
    return (await records(start, 'nodes')).flatMap(({ rev, key, body }) => {
      const node: NodeStatus = JSON.parse(Buffer.from(body ?? '{}').toString());
      const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'True' ? [] : [`${key.name} at ${rev}: ${ready?.reason}`];
    });
  }

  /** L1, L3, and L6 once the relay has caught up: `verify` itself ends with 0 only if all hold. */
  async function verified(): Promise<void> {
    const { stdout } = await cluster.reckon(['verify', '-o', 'json']);
    const { checks }: Verification = JSON.parse(stdout);
    assert.deepEqual(
      checks.map(({ holds }) => holds),
      [true, true, true],
    );
  }

  const faults: readonly (readonly [string, () => Promise<void>])[] = [
    [
      'NATS is killed, and away for longer than a silent node is given',
      async () => {
        await nats.kill();
        await systemClock.sleep(LONG_MS);
        await nats.startAgain();
      },
    ],
    [
      'NATS stands still',
      async () => {
        await nats.pause();
        await systemClock.sleep(LONG_MS);
        await nats.resume();
      },
    ],
    [
      'the network to NATS is cut',
      async () => {
        nats.cut();
        await systemClock.sleep(LONG_MS);
        nats.mend();
      },
    ],
    [
      'NATS loses its storage',
      async () => {
        await nats.kill();
        nats.wipe();
        await nats.startAgain();
      },
    ],
    [
      'NATS comes back with an old copy of its storage',
      async () => {
        await nats.kill();
        const restore = nats.save();
        await nats.startAgain();
        await systemClock.sleep(1_000 + someMs());
        await nats.kill();
        restore();
        await nats.startAgain();
      },
    ],
    [
      'Postgres is killed',
      async () => {
        await postgres.kill();
        await systemClock.sleep(someMs());
        await postgres.startAgain();
      },
    ],
    [
      'Postgres stands still',
      async () => {
        await postgres.pause();
        await systemClock.sleep(LONG_MS);
        await postgres.resume();
      },
    ],
    [
      'the network to Postgres is cut',
      async () => {
        postgres.cut();
        await systemClock.sleep(someMs());
        postgres.mend();
      },
    ],
    [
      'both are killed at once',
      async () => {
        await Promise.all([postgres.kill(), nats.kill()]);
        await systemClock.sleep(someMs());
        await Promise.all([postgres.startAgain(), nats.startAgain()]);
      },
    ],
  ];

  for (const [name, fault] of shuffled(faults))
    test(`${name}: nothing is lost, and no node dies of it`, () => survive(fault));

  test('Postgres put back to a backup gets a new log id, watches start anew, and the cluster goes on', async () => {
    await cluster.kubectl(['create', 'deployment', 'kept', '--image=app:1', '--replicas=2']);
    await cluster.kubectl(['rollout', 'status', 'deployment/kept', '--timeout=60s']);
    const before = (await verification()).logId;
    const start = await head();
    await postgres.kill();
    const restore = postgres.save();
    await postgres.startAgain();
    const load = Load.start(cluster.api, start);
    loads.push(load);
    await load.progress(50);
    await postgres.kill();
    restore();
    await postgres.startAgain();
    await load.progress(50);
    await load.stop();
    const now = await verification();
    assert.notEqual(now.logId, before);
    assert.ok(load.expired > 0, 'the watch was told that its history is gone');
    assert.deepEqual(await restarted(), [], 'no service died of it');
    assert.deepEqual(
      now.checks.map(({ holds }) => holds),
      [true, true, true],
    );
    await cluster.kubectl(['scale', 'deployment/kept', '--replicas=4']);
    await cluster.kubectl(['rollout', 'status', 'deployment/kept', '--timeout=60s']);
  });

  async function verification(): Promise<Verification> {
    return JSON.parse((await cluster.reckon(['verify', '-o', 'json'])).stdout);
  }
});

interface NodeStatus {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
    }[];
  };
}

function textOf(body: Uint8Array | undefined): string | undefined {
  if (!body) return undefined;
  const object: { data?: { text?: string } } = JSON.parse(Buffer.from(body).toString());
  return object.data?.text;
}

/** By the seed. */
function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
