import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { importImage } from '@reckon/cri';
import { BUSYBOX_IMAGE, busyboxArchive } from '@reckon/cri/testing/busybox.ts';
import { whyNoContainerd } from '@reckon/cri/testing/containerd.ts';
import { isReady, RealNode } from '../testing/real-node.ts';

describe('images on containerd', { skip: whyNoContainerd() ?? false, concurrency: 4 }, () => {
  let node: RealNode;
  before(async () => {
    node = await RealNode.start({ name: 'image', subnet: 12 });
  });
  after(() => node.stop());

  const waiting = (name: string) => node.pod(name)?.status?.containerStatuses?.[0]?.state?.waiting;
  const create = (name: string, image: string, imagePullPolicy?: string) =>
    node.create(name, { containers: [{ name: 'main', image, command: ['sleep', '3600'], imagePullPolicy }] });

  it('one that no registry has shows ErrImagePull, then ImagePullBackOff, with what the registry said', async () => {
    create('missing', 'registry.invalid/missing:1');
    await node.until('missing', () => waiting('missing')?.reason === 'ErrImagePull');
    assert.match(
      waiting('missing')?.message ?? '',
      /^rpc error: code = \w+ desc = failed to pull and unpack image/,
    );
    await node.until('missing', () => waiting('missing')?.reason === 'ImagePullBackOff');
    assert.match(
      waiting('missing')?.message ?? '',
      /^Back-off pulling image "registry\.invalid\/missing:1": ErrImagePull: rpc error/,
    );
    const events = node.events('missing');
    assert.equal(events[0], 'Pulling: Pulling image "registry.invalid/missing:1"');
    assert.match(events[1] ?? '', /^Failed: Failed to pull image "registry\.invalid\/missing:1": rpc error/);
    assert.equal(events[2], 'Failed: Error: ErrImagePull');
    await node.untilEvent('missing', 'Failed: Error: ImagePullBackOff');
    assert.deepEqual(node.events('missing').slice(3), [
      'BackOff: Back-off pulling image "registry.invalid/missing:1"',
      'Failed: Error: ImagePullBackOff',
    ]);
    assert.equal(node.pod('missing')?.status?.phase, 'Pending');
  });

  it('a name that cannot exist is InvalidImageName', async () => {
    create('invalid', 'registry.invalid/UPPER');
    await node.until('invalid', () => waiting('invalid')?.reason === 'InvalidImageName');
    assert.match(waiting('invalid')?.message ?? '', /repository name \(.*\) must be lowercase$/);
  });

  it('with policy Never it is used if it is there, and otherwise ErrImageNeverPull', async () => {
    create('present', BUSYBOX_IMAGE, 'Never');
    await node.until('present', isReady);
    create('absent', 'busybox:never', 'Never');
    await node.until('absent', () => waiting('absent')?.reason === 'ErrImageNeverPull');
    assert.equal(
      waiting('absent')?.message,
      'Container image "busybox:never" is not present with pull policy of Never',
    );
  });

  it('with policy IfNotPresent one that is there is not pulled, by its short name neither', async () => {
    create('short', 'busybox:1.35');
    await node.until('short', isReady);
    assert.equal(
      node.events('short')[0],
      'Pulled: Container image "busybox:1.35" already present on machine',
    );
    assert.equal(node.pod('short')?.status?.containerStatuses?.[0]?.image, BUSYBOX_IMAGE);
  });

  it('with the tag latest it is pulled even if it is there', async () => {
    await writeFile(`${node.stateDir}/latest.tar`, await busyboxArchive('registry.invalid/app:latest'));
    await importImage(node.containerd.socket, `${node.stateDir}/latest.tar`);
    create('latest', 'registry.invalid/app');
    await node.until('latest', () => waiting('latest')?.reason === 'ErrImagePull');
    create('pinned', 'registry.invalid/app', 'IfNotPresent');
    await node.until('pinned', isReady);
  });

  it('that is loaded while a pod waits for it starts the pod at once', async () => {
    create('loaded', 'registry.invalid/later:1');
    await node.until('loaded', () => waiting('loaded')?.reason === 'ErrImagePull');
    await writeFile(`${node.stateDir}/later.tar`, await busyboxArchive('registry.invalid/later:1'));
    await importImage(node.containerd.socket, `${node.stateDir}/later.tar`);
    await node.until('loaded', isReady, 5_000);
  });

  it('that changed in a running pod replaces the container', async () => {
    await writeFile(`${node.stateDir}/next.tar`, await busyboxArchive('registry.invalid/next:2'));
    await importImage(node.containerd.socket, `${node.stateDir}/next.tar`);
    create('changed', BUSYBOX_IMAGE);
    const { uid } = (await node.ready('changed')).metadata;
    const containers = [{ name: 'main', image: 'registry.invalid/next:2', command: ['sleep', '3600'] }];
    node.create('changed', { containers }, { uid });
    await node.until(
      'changed',
      (each) => isReady(each) && each?.status?.containerStatuses?.[0]?.restartCount === 1,
    );
    assert.ok(
      node.events('changed').includes('Killing: Container main definition changed, will be restarted'),
    );
  });
});
