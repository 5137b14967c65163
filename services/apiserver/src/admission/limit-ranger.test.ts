import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { claimOf, namespaceOf, podOf, specOf, statusOf } from '../verbs/testing/objects.ts';
import { refused } from '../verbs/testing/refused.ts';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';

type Fields = Readonly<Record<string, unknown>>;

let api: TestVerbs;
let count = 0;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

async function namespaceWith(limits: readonly Fields[]): Promise<string> {
  const namespace = `limits-${count++}`;
  await api.create('namespaces', namespaceOf(namespace));
  await api.create(`limitranges ${namespace}`, {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'limits' },
    spec: { limits },
  });
  return namespace;
}

const asking = (requests: Fields, limits: Fields = {}) => ({
  containers: [{ name: 'c', image: 'i:1', resources: { requests, limits } }],
});

describe('LimitRanger', () => {
  it('gives containers what they do not say, tells so, and the class of service follows', async () => {
    const ns = await namespaceWith([
      { type: 'Container', default: { cpu: '500m', memory: '64Mi' }, defaultRequest: { cpu: '100m' } },
    ]);
    const pod = await api.create(`pods ${ns}`, podOf('silent'));
    const [container] = specOf(pod).containers as readonly Fields[];
    assert.deepEqual(container?.resources, {
      requests: { cpu: '100m', memory: '64Mi' },
      limits: { cpu: '500m', memory: '64Mi' },
    });
    assert.equal(
      pod.metadata.annotations?.['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c',
    );
    assert.equal(statusOf(pod).qosClass, 'Burstable');
    const own = await api.create(
      `pods ${ns}`,
      podOf('own', asking({ cpu: '50m', memory: '1Mi' }, { cpu: '1', memory: '1Mi' })),
    );
    assert.equal(own.metadata.annotations, undefined);
  });

  for (const [rule, item, spec, message] of [
    [
      'too little',
      { min: { cpu: '100m' } },
      asking({ cpu: '50m' }),
      'minimum cpu usage per Container is 100m, but request is 50m',
    ],
    [
      'too much',
      { max: { cpu: '1' } },
      asking({ cpu: '1' }, { cpu: '2' }),
      'maximum cpu usage per Container is 1, but limit is 2',
    ],
    [
      'limit and request too far apart',
      { maxLimitRequestRatio: { cpu: '2' } },
      asking({ cpu: '100m' }, { cpu: '300m' }),
      'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
    ],
    [
      'several mistakes at once',
      { max: { cpu: '1', memory: '1Gi' } },
      asking({}, { cpu: '2', memory: '2Gi' }),
      '[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    ],
    [
      'a ratio of what nobody says',
      { maxLimitRequestRatio: { cpu: '2' } },
      {},
      'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
  ] as const) {
    it(`refuses a container: ${rule}`, async () => {
      const ns = await namespaceWith([{ type: 'Container', ...item }]);
      await refused(
        api.create(`pods ${ns}`, podOf('p', spec)),
        'Forbidden',
        `pods "p" is forbidden: ${message}`,
      );
    });
  }

  it('judges init containers and sidecars like the others, and what is written to their disks', async () => {
    const ns = await namespaceWith([{ type: 'Container', max: { 'ephemeral-storage': '1Gi' } }]);
    const limits = (size: string) => ({ image: 'i:1', resources: { limits: { 'ephemeral-storage': size } } });
    const containers = [{ name: 'c', ...limits('1Gi') }];
    const why = 'maximum ephemeral-storage usage per Container is 1Gi, but limit is 2Gi';
    for (const restartPolicy of [undefined, 'Always']) {
      const initContainers = [{ name: 'i', ...limits('2Gi'), ...(restartPolicy && { restartPolicy }) }];
      await refused(
        api.create(`pods ${ns}`, podOf('p', { containers, initContainers })),
        'Forbidden',
        `pods "p" is forbidden: ${why}`,
      );
    }
    await api.create(`pods ${ns}`, podOf('p', { containers }));
  });

  it('counts a sidecar into the whole pod, and of other init containers the largest', async () => {
    const ns = await namespaceWith([{ type: 'Pod', max: { cpu: '1' } }]);
    const one = (name: string, cpu: string) => ({ name, image: 'i:1', resources: { limits: { cpu } } });
    const containers = [one('c', '600m')];
    const init = [one('a', '600m'), one('b', '1')];
    await api.create(`pods ${ns}`, podOf('starts', { containers, initContainers: init }));
    const beside = [{ ...one('s', '600m'), restartPolicy: 'Always' }];
    await refused(
      api.create(`pods ${ns}`, podOf('p', { containers, initContainers: beside })),
      'Forbidden',
      'pods "p" is forbidden: maximum cpu usage per Pod is 1, but limit is 1200m',
    );
  });

  it('tells what one LimitRange has against a pod, in the order of its items', async () => {
    const ns = await namespaceWith([
      { type: 'Pod', max: { cpu: '2' } },
      { type: 'Container', max: { cpu: '1' } },
    ]);
    const other = { metadata: { name: 'other' }, spec: { limits: [{ type: 'Pod', max: { cpu: '1' } }] } };
    await api.create(`limitranges ${ns}`, { apiVersion: 'v1', kind: 'LimitRange', ...other });
    await refused(
      api.create(`pods ${ns}`, podOf('p', asking({}, { cpu: '3' }))),
      'Forbidden',
      'pods "p" is forbidden: [maximum cpu usage per Pod is 2, but limit is 3, maximum cpu usage per Container is 1, but limit is 3]',
    );
  });

  it('lets a claim that is being deleted go, whatever limits came after it', async () => {
    const ns = await namespaceWith([{ type: 'Container', max: { cpu: '1' } }]);
    await api.create(`persistentvolumeclaims ${ns}`, claimOf('old'));
    await api.create(`limitranges ${ns}`, {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'later' },
      spec: { limits: [{ type: 'PersistentVolumeClaim', min: { storage: '5Gi' } }] },
    });
    const patch = (metadata: object) => api.patch(`persistentvolumeclaims ${ns}/old`, 'merge', { metadata });
    await refused(
      patch({ labels: { a: 'b' } }),
      'Forbidden',
      'persistentvolumeclaims "old" is forbidden: minimum storage usage per PersistentVolumeClaim is 5Gi, but request is 1Gi',
    );
    await api.delete(`persistentvolumeclaims ${ns}/old`);
    await patch({ labels: { a: 'b' } });
    await patch({ finalizers: null });
    assert.deepEqual(await api.names(`persistentvolumeclaims ${ns}`), []);
  });

  it('judges a pod as a whole', async () => {
    const ns = await namespaceWith([{ type: 'Pod', max: { cpu: '1' } }]);
    const container = (name: string) => ({ name, image: 'i:1', resources: { limits: { cpu: '600m' } } });
    await refused(
      api.create(`pods ${ns}`, podOf('p', { containers: [container('a'), container('b')] })),
      'Forbidden',
      'pods "p" is forbidden: maximum cpu usage per Pod is 1, but limit is 1200m',
    );
    await api.create(`pods ${ns}`, podOf('p', { containers: [container('a')] }));
    await refused(
      api.create(`pods ${ns}`, podOf('q')),
      'Forbidden',
      'pods "q" is forbidden: maximum cpu usage per Pod is 1.  No limit is specified',
    );
  });

  it('judges the size of claims', async () => {
    const ns = await namespaceWith([
      { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } },
    ]);
    const { metadata } = await api.create(`persistentvolumeclaims ${ns}`, claimOf('fits'));
    assert.deepEqual(
      metadata.finalizers,
      ['kubernetes.io/pvc-protection'],
      'it must not vanish while it is in use',
    );
    await refused(
      api.create(`persistentvolumeclaims ${ns}`, claimOf('small', {}, '1Mi')),
      'Forbidden',
      'persistentvolumeclaims "small" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
    );
    await refused(
      api.create(`persistentvolumeclaims ${ns}`, claimOf('large', {}, '3Gi')),
      'Forbidden',
      'persistentvolumeclaims "large" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
    );
  });
});
