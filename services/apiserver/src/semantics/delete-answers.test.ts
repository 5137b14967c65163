/** What a delete is answered with: the last object for some kinds, for others a Status that names it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JSON_BODY, SemanticsWorld } from '../testing/semantics-world.ts';

let here: SemanticsWorld;
before(async () => {
  here = await SemanticsWorld.start();
});
after(() => here.stop());

const containers = [{ name: 'c', image: 'i:1' }];
const storage = { storage: '1Gi' };
const accessModes = ['ReadWriteOnce'];
const DEFAULT = '/api/v1/namespaces/default';
const STORAGE = '/apis/storage.k8s.io/v1';

const ROWS: readonly (readonly [path: string, kind: string, fields: object, answer: 'object' | 'Status'])[] =
  [
    [`${DEFAULT}/pods`, 'Pod', { spec: { containers } }, 'object'],
    [`${DEFAULT}/podtemplates`, 'PodTemplate', { template: { spec: { containers } } }, 'object'],
    [`${DEFAULT}/serviceaccounts`, 'ServiceAccount', {}, 'object'],
    [`${DEFAULT}/services`, 'Service', { spec: { ports: [{ port: 80 }] } }, 'object'],
    [
      `${DEFAULT}/resourcequotas`,
      'ResourceQuota',
      { spec: { hard: { 'count/leases.coordination.k8s.io': '9' } } },
      'object',
    ],
    [
      `${DEFAULT}/persistentvolumeclaims`,
      'PersistentVolumeClaim',
      { spec: { accessModes, resources: { requests: storage } } },
      'object',
    ],
    [
      '/api/v1/persistentvolumes',
      'PersistentVolume',
      { spec: { accessModes, capacity: storage, hostPath: { path: '/tmp/x' } } },
      'object',
    ],
    [`${STORAGE}/storageclasses`, 'StorageClass', { provisioner: 'example.com/x' }, 'object'],
    [`${STORAGE}/csidrivers`, 'CSIDriver', { spec: {} }, 'object'],
    [`${STORAGE}/csinodes`, 'CSINode', { spec: { drivers: [] } }, 'object'],
    [
      `${STORAGE}/volumeattachments`,
      'VolumeAttachment',
      { spec: { attacher: 'csi.example.com', nodeName: 'n', source: { persistentVolumeName: 'v' } } },
      'object',
    ],
    [`${DEFAULT}/configmaps`, 'ConfigMap', {}, 'Status'],
    [`${DEFAULT}/secrets`, 'Secret', {}, 'Status'],
    [`${DEFAULT}/endpoints`, 'Endpoints', {}, 'Status'],
    ['/apis/coordination.k8s.io/v1/namespaces/default/leases', 'Lease', {}, 'Status'],
    ['/apis/scheduling.k8s.io/v1/priorityclasses', 'PriorityClass', { value: 5 }, 'Status'],
  ];

interface Answer {
  readonly kind: string;
  readonly metadata: { readonly uid?: string };
  readonly status?: unknown;
  readonly details?: object;
}

for (const [path, kind, fields, answer] of ROWS)
  test(`a deleted ${kind} is answered with ${answer === 'object' ? 'what it was' : 'a Status'}`, async () => {
    const apiVersion = path.startsWith('/api/') ? 'v1' : path.split('/').slice(2, 4).join('/');
    const body = JSON.stringify({ apiVersion, kind, metadata: { name: 'gone' }, ...fields });
    const made = await here.client.call(path, { method: 'POST', headers: JSON_BODY, body });
    assert.equal(made.status, 201, made.text);
    const { uid } = (JSON.parse(made.text) as Answer).metadata;
    const deleted = await here.client.call(`${path}/gone?propagationPolicy=Background`, { method: 'DELETE' });
    assert.equal(deleted.status, 200, deleted.text);
    const said = JSON.parse(deleted.text) as Answer;
    if (answer === 'object') {
      assert.deepEqual([said.kind, said.metadata.uid], [kind, uid]);
      return;
    }
    assert.deepEqual([said.kind, said.status], ['Status', 'Success']);
    const group = apiVersion.includes('/') ? { group: apiVersion.split('/')[0] } : {};
    assert.deepEqual(said.details, { name: 'gone', ...group, kind: path.split('/').at(-1), uid });
  });

test('a delete that waits is answered with 202 only to who asked with orphanDependents: false', async () => {
  const path = `${DEFAULT}/configmaps`;
  const finalizers = ['example.com/hold'];
  const body = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'waits', finalizers },
  });
  await here.client.call(path, { method: 'POST', headers: JSON_BODY, body });
  const table = [
    ['orphanDependents=false', 202],
    ['orphanDependents=true', 200],
    ['propagationPolicy=Foreground', 200],
    ['propagationPolicy=Background', 200],
    ['', 200],
  ] as const;
  for (const [query, status] of table) {
    const answer = await here.client.call(`${path}/waits?${query}`, { method: 'DELETE' });
    assert.equal(answer.status, status, query);
    assert.equal((JSON.parse(answer.text) as Answer).kind, 'ConfigMap', query);
  }
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', orphanDependents: false };
  const inBody = await here.client.call(`${path}/waits`, {
    method: 'DELETE',
    headers: JSON_BODY,
    body: JSON.stringify(options),
  });
  assert.equal(inBody.status, 202);
});

test('OpenAPI says the same of each', async () => {
  interface Documented {
    readonly paths: Readonly<
      Record<
        string,
        {
          readonly delete?: {
            readonly responses: Readonly<Record<string, { readonly schema: { readonly $ref: string } }>>;
          };
        }
      >
    >;
  }
  const { paths } = JSON.parse((await here.client.call('/openapi/v2')).text) as Documented;
  for (const [path, kind, , answer] of ROWS) {
    const documented = paths[`${path.replace('/default/', '/{namespace}/')}/{name}`];
    const type = documented?.delete?.responses['200']?.schema.$ref ?? '';
    assert.equal(type.split('.').at(-1), answer === 'object' ? kind : 'Status', path);
  }
});
