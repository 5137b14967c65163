import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems, objectOf, updateProblems } from '../testing.ts';

type Fields = Record<string, unknown>;

describe('persistent volumes', () => {
  const good = {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    hostPath: { path: '/data' },
  };
  const volume = (rest: Fields) => ({ resource: 'persistentvolumes', spec: { ...good, ...rest } });
  const problems = (rest: Fields) => createProblems(volume(rest));

  it('may be as the tutorials have them, and get the defaults of Kubernetes', () => {
    assert.deepEqual(problems({}), []);
    const { spec } = objectOf(volume({}));
    assert.deepEqual(spec, {
      ...good,
      hostPath: { path: '/data', type: '' },
      persistentVolumeReclaimPolicy: 'Retain',
      volumeMode: 'Filesystem',
    });
  });

  it('say how much they hold, how they are used, and what they are, once', () => {
    assert.deepEqual(createProblems({ resource: 'persistentvolumes' }), [
      'spec.accessModes: Required value',
      'spec.capacity: Required value',
      'spec: Required value: must specify a volume type',
    ]);
    assert.deepEqual(problems({ capacity: { storage: '0' }, accessModes: ['Sometimes'] }), [
      'spec.accessModes[0]: Unsupported value: "Sometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
    ]);
    assert.deepEqual(problems({ nfs: { server: 's', path: '/' } }), [
      'spec.nfs: Forbidden: may not specify more than 1 volume type',
    ]);
    assert.deepEqual(problems({ hostPath: undefined, local: { path: '/mnt' } }), [
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
    ]);
    assert.deepEqual(problems({ accessModes: ['ReadWriteOnce', 'ReadWriteOncePod'] }), [
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
    ]);
    assert.deepEqual(problems({ hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' }), [
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ]);
  });

  it('stay where they are', () => {
    assert.deepEqual(updateProblems(volume({}), volume({ hostPath: { path: '/other' } })), [
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
    ]);
    assert.deepEqual(updateProblems(volume({}), volume({ capacity: { storage: '2Gi' } })), []);
  });
});

describe('claims', () => {
  const good = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const claim = (rest: Fields, status?: Fields) => ({
    resource: 'persistentvolumeclaims',
    spec: { ...good, ...rest },
    ...(status && { status }),
  });
  const sized = (storage: string) => ({ resources: { requests: { storage } } });
  const IMMUTABLE =
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

  it('say what they need', () => {
    assert.deepEqual(createProblems(claim({})), []);
    assert.deepEqual(createProblems({ resource: 'persistentvolumeclaims' }), [
      'spec.accessModes: Required value: at least 1 access mode is required',
      'spec.resources[storage]: Required value',
    ]);
    assert.deepEqual(createProblems(claim({ ...sized('0'), storageClassName: 'Fast' })).slice(0, 1), [
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
    ]);
    assert.deepEqual(createProblems(claim({ dataSource: { kind: 'Pod', name: 'x' } })), [
      `spec.dataSource: Invalid value: "Pod": must be 'PersistentVolumeClaim' when referencing the default apiGroup`,
    ]);
  });

  it('change only to be bound, to get their class, and to grow', () => {
    const bound = { phase: 'Bound', capacity: { storage: '2Gi' } };
    assert.deepEqual(updateProblems(claim({}), claim({ volumeName: 'pv', storageClassName: 'fast' })), []);
    assert.deepEqual(updateProblems(claim({}), claim({ accessModes: ['ReadWriteMany'] })), [IMMUTABLE]);
    assert.deepEqual(updateProblems(claim({}), claim(sized('2Gi'))), [IMMUTABLE]);
    assert.deepEqual(updateProblems(claim(sized('2Gi'), bound), claim(sized('3Gi'), bound)), []);
    assert.deepEqual(updateProblems(claim(sized('2Gi'), bound), claim(sized('1Gi'), bound)), [
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ]);
  });
});

describe('storage classes', () => {
  const storageClass = (rest: Fields = {}) => ({
    resource: 'storageclasses.storage.k8s.io',
    provisioner: 'example.com/nfs',
    ...rest,
  });

  it('name their provisioner, and get the defaults of Kubernetes', () => {
    const { reclaimPolicy, volumeBindingMode } = objectOf(storageClass());
    assert.deepEqual(
      { reclaimPolicy, volumeBindingMode },
      { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
    );
    assert.deepEqual(createProblems(storageClass({ provisioner: undefined })), [
      'provisioner: Required value',
    ]);
    assert.deepEqual(createProblems(storageClass({ reclaimPolicy: 'Recycle', volumeBindingMode: 'Late' })), [
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
      'volumeBindingMode: Unsupported value: "Late": supported values: "Immediate", "WaitForFirstConsumer"',
    ]);
  });

  it('stay what they are', () => {
    const after = storageClass({ provisioner: 'example.com/other', parameters: { a: 'b' } });
    assert.deepEqual(updateProblems(storageClass(), after), [
      'parameters: Forbidden: updates to parameters are forbidden.',
      'provisioner: Forbidden: updates to provisioner are forbidden.',
    ]);
    assert.deepEqual(updateProblems(storageClass(), storageClass({ allowVolumeExpansion: true })), []);
  });
});

describe('what CSI drivers write', () => {
  it('is judged for itself', () => {
    const attachment = (source: Fields) =>
      createProblems({
        resource: 'volumeattachments.storage.k8s.io',
        spec: { attacher: 'csi.example.com', nodeName: 'n', source },
      });
    assert.deepEqual(attachment({ persistentVolumeName: 'pv' }), []);
    assert.deepEqual(attachment({}), [
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ]);
    const driver = objectOf({ resource: 'csidrivers.storage.k8s.io', spec: {} });
    assert.deepEqual(driver.spec, {
      attachRequired: true,
      podInfoOnMount: false,
      volumeLifecycleModes: ['Persistent'],
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      requiresRepublish: false,
      seLinuxMount: false,
    });
    const node = (drivers: readonly Fields[]) => ({ resource: 'csinodes.storage.k8s.io', spec: { drivers } });
    assert.deepEqual(createProblems(node([])), []);
    const one = { name: 'csi.example.com', nodeID: 'n' };
    assert.deepEqual(createProblems(node([one, one])), [
      'spec.drivers[1].name: Duplicate value: "csi.example.com"',
    ]);
    assert.deepEqual(updateProblems(node([one]), node([{ ...one, nodeID: 'm' }])), [
      'spec.drivers[0]: Invalid value: {"name":"csi.example.com","nodeID":"m"}: field is immutable',
    ]);
    assert.deepEqual(createProblems({ resource: 'csistoragecapacities.storage.k8s.io', capacity: '-1' }), [
      'storageClassName: Required value',
      'capacity: Invalid value: "-1": must be greater than or equal to 0',
    ]);
  });
});
