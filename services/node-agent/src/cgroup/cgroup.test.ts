import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { podCgroups } from './detect.ts';
import { cpuWeight } from './v2.ts';

const SHARE = { cpuShares: 512, cpuQuotaUs: 50_000, memoryLimitBytes: 1_000_000 };
const NO_LIMITS = { cpuShares: 2, cpuQuotaUs: undefined, memoryLimitBytes: undefined };

describe('cgroups', () => {
  let mount = '';
  before(async () => {
    mount = await mkdtemp(join(tmpdir(), 'reckon-cgroup-'));
  });
  after(() => rm(mount, { recursive: true }));
  const read = (...path: string[]) => readFile(join(mount, ...path), 'utf8');

  it('of version 1 have a pod in the trees of cpu and memory', async () => {
    for (const controller of ['cpu', 'memory', 'pids']) await mkdir(join(mount, controller));
    const cgroups = podCgroups('/reckon-x/1', mount);
    assert.equal(cgroups.pathOf('u1'), '/reckon-x/1/podu1');
    await cgroups.set('u1', SHARE);
    assert.equal(await read('cpu/reckon-x/1/podu1/cpu.shares'), '512');
    assert.equal(await read('cpu/reckon-x/1/podu1/cpu.cfs_quota_us'), '50000');
    assert.equal(await read('memory/reckon-x/1/podu1/memory.limit_in_bytes'), '1000000');
    await cgroups.set('u1', NO_LIMITS);
    assert.equal(await read('cpu/reckon-x/1/podu1/cpu.cfs_quota_us'), '-1');
    assert.deepEqual(await cgroups.list(), ['u1']);
    await rm(mount, { recursive: true });
    await mkdir(mount);
  });

  it('of version 2 have a pod in the one tree, whose parents hand their controllers down', async () => {
    await writeFile(join(mount, 'cgroup.controllers'), 'cpuset cpu io memory hugetlb pids\n');
    const cgroups = podCgroups('/reckon-x/1', mount);
    await cgroups.set('u1', SHARE);
    assert.equal(await read('reckon-x/1/cgroup.subtree_control'), '+cpuset +cpu +io +memory +pids');
    assert.equal(await read('reckon-x/1/podu1/cpu.weight'), String(cpuWeight(512)));
    assert.equal(await read('reckon-x/1/podu1/cpu.max'), '50000 100000');
    assert.equal(await read('reckon-x/1/podu1/memory.max'), '1000000');
    await cgroups.set('u1', NO_LIMITS);
    assert.equal(await read('reckon-x/1/podu1/cpu.max'), 'max 100000');
    assert.equal(await read('reckon-x/1/podu1/memory.max'), 'max');
    assert.deepEqual(await cgroups.list(), ['u1']);
  });

  it('weights of version 2 keep the order of shares and fill the whole range', () => {
    assert.deepEqual([2, 1024, 262_144].map(cpuWeight), [1, 39, 10_000]);
  });

  it('a pod that has none is removed without complaint', async () => {
    await podCgroups('/reckon-x/1', mount).remove('nobody');
  });
});
