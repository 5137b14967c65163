/** `reckon verify` and `reckon replay` on a cluster that goes on running. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { surroundingsOf } from '@reckon/cli/cluster/surroundings.ts';
import type { Replay } from '@reckon/cli/commands/replay.ts';
import type { Verification } from '@reckon/cli/commands/verify.ts';
import { databaseUrl } from '@reckon/cli/components/postgres.ts';
import { requireSettings } from '@reckon/cli/state/cluster.ts';
import pg from 'pg';
import { TestCluster } from './support/cluster.ts';

describe('the log, verified and replayed', () => {
  let cluster: TestCluster;
  const directory = mkdtempSync(join(tmpdir(), 'reckon-replay-'));

  before(async () => {
    // Postgres' user must be able to pass.
    chmodSync(directory, 0o711);
    cluster = await TestCluster.start({ hollow: 2 });
    await cluster.kubectl(['create', 'deployment', 'web', '--image=web:1', '--replicas=3']);
    await cluster.kubectl(['create', 'secret', 'generic', 'password', '--from-literal=word=open sesame']);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=30s']);
  });
  after(async () => {
    await cluster?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const json = async <T>(args: readonly string[]): Promise<T> =>
    JSON.parse((await cluster.reckon([...args, '-o', 'json'])).stdout);

  test('a cluster at work verifies: L1, L3 and L6 hold', async () => {
    const { checks, firstBreak } = await json<Verification>(['verify']);
    assert.deepEqual(
      checks.map(({ invariant, holds }) => [invariant, holds]),
      [
        ['L1', true],
        ['L3', true],
        ['L6', true],
      ],
    );
    assert.equal(firstBreak, undefined);
  });

  test('replaying one revision twice gives one digest, whatever has happened since', async () => {
    const { rev, digest, objects } = await json<Replay>(['replay']);
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=5']);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=30s']);
    const again = await json<Replay>(['replay', '--to', String(rev)]);
    assert.deepEqual([again.digest, again.objects], [digest, objects]);
    const now = await json<Replay>(['replay']);
    assert.notEqual(now.digest, digest);
  });

  test('a cluster as of a revision works beside the one it came from', async (t) => {
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=2']);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=30s']);
    const { rev } = await json<Replay>(['replay']);
    await cluster.kubectl(['delete', 'deployment', 'web']);
    const into = join(directory, 'then');
    const made = await json<Replay>(['replay', '--to', String(rev), '--into', into]);
    assert.equal(made.into?.stateDir, into);
    const then = cluster.beside(into);
    t.after(() => then.reckon(['down', '--purge', '--grace', '0']));
    await then.reckon(['up']);
    await then.kubectl(['rollout', 'status', 'deployment/web', '--timeout=30s']);
    const pods = await then.kubectl(['get', 'pods', '-l', 'app=web', '-o', 'name']);
    assert.equal(pods.trim().split('\n').length, 2);
    const word = await then.kubectl(['get', 'secret', 'password', '-o', 'jsonpath={.data.word}']);
    assert.equal(Buffer.from(word, 'base64').toString(), 'open sesame');
    const verified: Verification = JSON.parse((await then.reckon(['verify', '-o', 'json'])).stdout);
    assert.deepEqual(
      verified.checks.map(({ holds }) => holds),
      [true, true, true],
    );
    assert.notEqual(verified.logId, made.logId);
    await assert.rejects(cluster.kubectl(['get', 'deployment', 'web']), /NotFound/);
  });

  test('what cannot be is refused with what can', async () => {
    await assert.rejects(
      cluster.reckon(['replay', '--to', '99999999']),
      /revision 99999999 is in the future[\s\S]*choose a revision from 0 to/,
    );
    await assert.rejects(
      cluster.reckon(['replay', '--to', '2020-01-01']),
      /2020-01-01 is before the log begins, at 20[\s\S]*choose a revision from 0 to/,
    );
    await assert.rejects(
      cluster.reckon(['replay', '--into', cluster.stateDir]),
      /holds a cluster already[\s\S]*choose another directory/,
    );
  });

  test('a row that somebody changed is found, named, and told by the exit code', async (t) => {
    const around = surroundingsOf(cluster.layout, requireSettings(cluster.layout));
    const admin = new pg.Client({ connectionString: databaseUrl(around) });
    await admin.connect();
    t.after(() => admin.end());
    const { rows } = await admin.query(
      "select rev from objects where resource = 'secrets' and name = 'password'",
    );
    const rev: string = rows[0].rev;
    await admin.query(`update objects set body = body || '\\x00' where rev = ${rev}`);
    await assert.rejects(
      cluster.reckon(['verify']),
      new RegExp(`ended with 2[\\s\\S]*L3 fold +BROKEN[\\s\\S]*first break: L3 at revision ${rev}`),
    );
    await admin.query(`update objects set body = substr(body, 1, length(body) - 1) where rev = ${rev}`);
    await cluster.reckon(['verify']);
  });
});
