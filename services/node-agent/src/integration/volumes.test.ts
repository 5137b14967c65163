import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CONFIG_MAPS, PODS, SECRETS } from '@reckon/client';
import { BUSYBOX_IMAGE as image } from '@reckon/cri/testing/busybox.ts';
import { whyNoContainerd } from '@reckon/cri/testing/containerd.ts';
import type { Container } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Volume } from '@reckon/proto/reckon/api/core/v1/volume.ts';
import { isReady, RealNode } from '../testing/real-node.ts';

const command = ['sleep', '3600'];
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('volumes and environment on containerd', {
  skip: whyNoContainerd() ?? false,
  concurrency: 4,
}, () => {
  let node: RealNode;
  before(async () => {
    node = await RealNode.start({ name: 'vol', subnet: 15 });
  });
  after(() => node.stop());

  const configMap = (name: string, data: Record<string, string>) =>
    node.api.put(CONFIG_MAPS, { metadata: { name, namespace: 'default' }, data } as object);
  const secret = (name: string, data: Record<string, string>) => {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
    node.api.put(SECRETS, { metadata: { name, namespace: 'default' }, data: encoded } as object);
  };
  const create = (name: string, volumes: Volume[], container: Partial<Container>, spec: object = {}) =>
    node.create(
      name,
      { containers: [{ name: 'main', image, command, ...container }], volumes, ...spec },
      { labels: { app: name } },
    );
  const waiting = (name: string) => node.pod(name)?.status?.containerStatuses?.[0]?.state?.waiting;

  it('a ConfigMap is a directory whose files change all at once', async () => {
    configMap('settings', { color: 'red', shape: 'round' });
    create('config', [{ name: 'c', configMap: { name: 'settings' } }], {
      volumeMounts: [{ name: 'c', mountPath: '/c' }],
    });
    await node.until('config', isReady);
    assert.equal(await node.exec('config', 'cat', '/c/color', '/c/shape'), 'redround');
    const watch = node.exec(
      'config',
      'sh',
      '-c',
      // A name that is new follows what it leads to.
      'while [ "$(cat /c/color)" = red ]; do sleep 0.02; done; cat /c/color /c/shape; while [ ! -e /c/size ]; do sleep 0.02; done; ls /c',
    );
    configMap('settings', { color: 'blue', shape: 'square', size: 'large' });
    assert.equal(await watch, 'bluesquarecolor\nshape\nsize');
    assert.match(await node.exec('config', 'busybox', 'readlink', '/c/color'), /^\.\.data\/color$/);
  });

  it('a Secret never reaches a disk, and its files have the mode that was asked for', async () => {
    secret('password', { key: 'hunter2' });
    const volume = {
      name: 's',
      secret: { secretName: 'password', defaultMode: 0o400, items: [{ key: 'key', path: 'deep/file' }] },
    };
    create('secret', [volume], { volumeMounts: [{ name: 's', mountPath: '/s', readOnly: true }] });
    await node.until('secret', isReady);
    assert.equal(await node.exec('secret', 'cat', '/s/deep/file'), 'hunter2');
    assert.equal(await node.exec('secret', 'stat', '-Lc', '%a', '/s/deep/file'), '400');
    assert.match(await node.exec('secret', 'grep', ' /s ', '/proc/self/mounts'), /^tmpfs \/s tmpfs ro/);
  });

  it('a pod waits for what it refers to, says what is missing, and starts when it comes', async () => {
    create('waits', [{ name: 'c', configMap: { name: 'coming' } }], {
      volumeMounts: [{ name: 'c', mountPath: '/c' }],
      env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'coming', key: 'key' } } }],
    });
    await node.untilEvent(
      'waits',
      'FailedMount: MountVolume.SetUp failed for volume "c" : configmap "coming" not found',
    );
    configMap('coming', { a: 'b' });
    await node.until('waits', () => waiting('waits')?.reason === 'CreateContainerConfigError');
    assert.equal(waiting('waits')?.message, 'secret "coming" not found');
    secret('coming', { other: 'x' });
    await node.until(
      'waits',
      () => waiting('waits')?.message === "couldn't find key key in Secret default/coming",
    );
    secret('coming', { key: 'value' });
    await node.until('waits', isReady);
    assert.equal(await node.exec('waits', 'sh', '-c', 'echo $KEY'), 'value');
  });

  it('a projected volume has the token of the pod’s account, the cluster’s certificate and the pod’s fields', async () => {
    configMap('kube-root-ca.crt', { 'ca.crt': 'CERTIFICATE' });
    const sources = [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ];
    create('identity', [{ name: 'k', projected: { sources } }], {
      volumeMounts: [
        { name: 'k', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
      ],
    });
    await node.until('identity', isReady);
    const read = (file: string) =>
      node.exec('identity', 'cat', `/var/run/secrets/kubernetes.io/serviceaccount/${file}`);
    assert.match(await read('token'), /^token-default-default-/);
    assert.equal(await read('ca.crt'), 'CERTIFICATE');
    assert.equal(await read('namespace'), 'default');
    assert.equal(await read('labels'), 'app="identity"');
  });

  it('files that show a pod’s labels and annotations change with them', async () => {
    const items = ['labels', 'annotations'].map((path) => ({
      path,
      fieldRef: { fieldPath: `metadata.${path}` },
    }));
    create('labelled', [{ name: 'd', downwardAPI: { items } }], {
      volumeMounts: [{ name: 'd', mountPath: '/d' }],
    });
    const pod = await node.until('labelled', isReady);
    assert.ok(pod);
    assert.equal(await node.exec('labelled', 'cat', '/d/labels'), 'app="labelled"');
    const changed = node.exec(
      'labelled',
      'sh',
      '-c',
      'until grep -q key /d/labels; do sleep 0.02; done; cat /d/*',
    );
    const labels = { app: 'labelled', key: 'value' };
    node.api.put(PODS, { ...pod, metadata: { ...pod.metadata, labels, annotations: { note: 'new' } } });
    assert.equal(await changed, 'note="new"app="labelled"\nkey="value"');
  });

  it('variables come from everywhere Kubernetes knows, and refer to each other', async () => {
    configMap('env', { LEVEL: 'debug', NAME: 'from-map' });
    create('env', [], {
      command: ['sh', '-c', 'echo "$0" > /tmp/arg; exec sleep 3600', '$(GREETING)'],
      resources: { limits: { memory: '64Mi' }, requests: { cpu: '250m' } },
      envFrom: [
        { prefix: 'P_', configMapRef: { name: 'env' } },
        { secretRef: { name: 'not-there', optional: true } },
      ],
      env: [
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'GREETING', value: 'hello $(NODE) $$(NODE) $(MISSING)' },
        { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'requests.cpu' } } },
      ],
    });
    await node.until('env', isReady);
    const value = (name: string) => node.exec('env', 'sh', '-c', `echo $${name}`);
    assert.deepEqual(
      [await value('P_LEVEL'), await value('NODE'), await value('MEMORY'), await value('CPU')],
      ['debug', 'vol', '64', '1'],
    );
    assert.equal(await value('IP'), node.pod('env')?.status?.podIP);
    assert.equal(await node.exec('env', 'cat', '/tmp/arg'), 'hello vol $(NODE) $(MISSING)');
  });

  it('a subPath shows a part of a volume, and never what a link leads to', async () => {
    const dir = `${node.stateDir}/shared`;
    const volume = { name: 'h', hostPath: { path: dir, type: 'DirectoryOrCreate' } };
    create('sub', [volume], {
      command: ['sh', '-c', 'echo inside > /part/file; ln -s / /whole/escape; exec sleep 3600'],
      volumeMounts: [
        { name: 'h', mountPath: '/whole' },
        { name: 'h', mountPath: '/part', subPath: 'a/b' },
      ],
    });
    await node.until('sub', isReady);
    assert.equal(await node.exec('sub', 'cat', '/whole/a/b/file'), 'inside');
    create('escape', [volume], { volumeMounts: [{ name: 'h', mountPath: '/x', subPath: 'escape/etc' }] });
    await node.until('escape', () => waiting('escape')?.reason === 'CreateContainerConfigError');
    assert.match(waiting('escape')?.message ?? '', /^subPath "escape\/etc" leads out of the volume$/);
  });

  it('one file of a ConfigMap can be mounted by its subPath', async () => {
    configMap('one', { 'app.conf': 'answer=42' });
    create('file', [{ name: 'c', configMap: { name: 'one' } }], {
      volumeMounts: [{ name: 'c', mountPath: '/etc/app.conf', subPath: 'app.conf' }],
    });
    await node.until('file', isReady);
    assert.equal(await node.exec('file', 'cat', '/etc/app.conf'), 'answer=42');
  });

  it('a container that is restarted finds what its subPath leads to now', async () => {
    configMap('changing', { key: 'old' });
    create('again', [{ name: 'c', configMap: { name: 'changing' } }], {
      command: ['sh', '-c', 'while [ ! -e /tmp/end ]; do sleep 0.05; done'],
      volumeMounts: [
        { name: 'c', mountPath: '/key', subPath: 'key' },
        { name: 'c', mountPath: '/all' },
      ],
    });
    await node.until('again', isReady);
    configMap('changing', { key: 'new' });
    await node.exec('again', 'sh', '-c', 'while [ "$(cat /all/key)" = old ]; do sleep 0.02; done');
    assert.equal(await node.exec('again', 'cat', '/key'), 'old');
    await node.exec('again', 'touch', '/tmp/end');
    const status = () => node.pod('again')?.status?.containerStatuses?.[0];
    await node.until('again', () => status()?.restartCount === 1 && status()?.ready === true);
    assert.equal(await node.exec('again', 'cat', '/key'), 'new');
  });

  it('a subPath that is not there yet has the mode and the group of its volume', async () => {
    const volume = { name: 'v', emptyDir: { medium: 'Memory' } };
    const mounts = { volumeMounts: [{ name: 'v', mountPath: '/part', subPath: 'a/b' }] };
    create('modes', [volume], mounts, { securityContext: { fsGroup: 123 } });
    await node.until('modes', isReady);
    assert.equal(await node.exec('modes', 'stat', '-c', '%a %g', '/part'), '2777 123');
  });

  it('a token is for its reader alone, and for the group of the pod: a file of the user that runs', async () => {
    const token = { serviceAccountToken: { path: 'token' } };
    const volumes = [{ name: 't', projected: { sources: [token] } }];
    const mounts = { volumeMounts: [{ name: 't', mountPath: '/t' }] };
    create('reader', volumes, mounts, { securityContext: { runAsUser: 1000 } });
    await node.until('reader', isReady);
    create('group', volumes, mounts, { securityContext: { runAsUser: 1000, fsGroup: 123 } });
    await node.until('group', isReady);
    const facts = (pod: string) => node.exec(pod, 'stat', '-L', '-c', '%u %g %a', '/t/token');
    assert.deepEqual([await facts('reader'), await facts('group')], ['1000 0 600', '1000 123 640']);
  });

  it('a volume in memory is as large as its limit', async () => {
    create('memory', [{ name: 'm', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }], {
      volumeMounts: [{ name: 'm', mountPath: '/m' }],
    });
    await node.until('memory', isReady);
    await assert.rejects(
      node.exec('memory', 'dd', 'if=/dev/zero', 'of=/m/x', 'bs=1024', 'count=2048'),
      /No space left/,
    );
  });

  it('a host path of the wrong kind is refused', async () => {
    create('path', [{ name: 'h', hostPath: { path: '/etc/hostname', type: 'Directory' } }], {});
    await node.untilEvent(
      'path',
      'FailedMount: MountVolume.SetUp failed for volume "h" : hostPath type check failed: /etc/hostname is not a directory',
    );
  });
});
