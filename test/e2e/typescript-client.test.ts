import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { surroundingsOf } from '@reckon/cli/cluster/surroundings.ts';
import { databaseUrl } from '@reckon/cli/components/postgres.ts';
import { requireSettings } from '@reckon/cli/state/cluster.ts';
import { KNOWN_SURFACE } from '@reckon/sdk/pack/tarball.ts';
import pg from 'pg';
import { Outsider } from '../support/outsider.ts';
import { TestCluster } from './support/cluster.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'grpc-typescript', 'deploy.ts');
const OUTSIDE = join(import.meta.dirname, 'support', 'sdk-outside.ts');
const PACKED_MAX_BYTES = 400 * 1024;

describe('the published TypeScript client, installed from its tarball by somebody who has nothing else of ours', () => {
  let cluster: TestCluster;
  let outsider: Outsider;

  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
    outsider = await Outsider.install();
    await outsider.compile(EXAMPLE, OUTSIDE);
  });
  after(async () => {
    outsider?.remove();
    await cluster?.stop();
  });

  test('it is small, and its declarations promise nothing that is not typed', () => {
    const { packedBytes } = outsider.tarball;
    assert.ok(packedBytes < PACKED_MAX_BYTES, `${packedBytes} bytes`);
    const cwd = join(outsider.directory, 'node_modules', '@reckon', 'sdk');
    const manifest = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
    assert.deepEqual(Object.keys(manifest.dependencies), ['@bufbuild/protobuf', '@grpc/grpc-js', 'yaml']);
    for (const path of globSync('dist/**/*.d.ts', { cwd })) {
      const code = readFileSync(join(cwd, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      assert.doesNotMatch(code, /\bany\b|@reckon\//, path);
    }
  });

  test('what it promises is what somebody has looked at: node clients/typescript/pack/main.ts --surface', () => {
    assert.equal(outsider.tarball.surface, readFileSync(KNOWN_SURFACE, 'utf8'));
  });

  test('the example deploys in one transaction, sees it become ready, and is told why', async () => {
    const { code, stdout, stderr } = await outsider.node(['deploy.js', cluster.kubeconfig]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^declared in one commit, revisions \d+ to \d+$/m);
    assert.match(stdout, /^ {2}\d+ {2}2 of 2 ready$/m);
    assert.match(
      stdout,
      /kubernetes-admin create deployments\.apps\/from-typescript {2}the example asks for it$/m,
    );
    assert.match(
      stdout,
      /system:kube-controller-manager create pods\/from-typescript-\S+ {2}.*asks for 2 pods$/m,
    );
    assert.match(stdout, /^deleted from-typescript$/m);
  });

  test('what outsiders rely on holds', async () => {
    await cluster.kubectl(['create', 'serviceaccount', 'robot']);
    await cluster.kubectl(['create', 'role', 'reader', '--verb=get', '--resource=configmaps']);
    await cluster.kubectl([
      'create',
      'rolebinding',
      'robot',
      '--role=reader',
      '--serviceaccount=default:robot',
    ]);
    const { components } = await cluster.status();
    const { stdout, stderr, code } = await outsider.node(
      ['--test', '--test-reporter=tap', 'sdk-outside.js'],
      {
        KUBECONFIG: cluster.kubeconfig,
        APISERVER_PID: String(components.find(({ name }) => name === 'apiserver')?.process?.pid),
        FLOOR: String(await forgetHistory(cluster)),
      },
    );
    assert.equal(code, 0, `${stdout}${stderr}${cluster.report()}`);
    assert.match(stdout, /^# pass [1-9]/m);
    assert.match(stdout, /^# skipped 0$/m);
  });
});

/** As when the retention setting takes all history: what is kept begins here. */
async function forgetHistory({ layout }: TestCluster): Promise<number> {
  const around = surroundingsOf(layout, requireSettings(layout));
  const database = new pg.Client({ connectionString: databaseUrl(around) });
  await database.connect();
  try {
    const { rows } = await database.query('update log_head set floor = rev returning floor::int');
    return rows[0].floor;
  } finally {
    await database.end();
  }
}
