import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { podOf, specOf, statusOf } from '../testing/objects.ts';
import { refused } from '../testing/refused.ts';
import { TestVerbs } from '../testing/test-verbs.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

function bindingOf(name: string, node: string, metadata: object = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, ...metadata },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
}

describe('binding', () => {
  it('gives a pod its node, once', async () => {
    const pod = await api.create('pods default', podOf('bound'));
    const answer = await api.create(
      'pods/binding default/bound',
      bindingOf('bound', 'n1', { uid: pod.metadata.uid }),
    );
    assert.equal(answer.kind, 'Status');
    assert.equal(answer.status, 'Success');
    const bound = await api.get('pods default/bound');
    assert.equal(specOf(bound).nodeName, 'n1');
    const [condition] = statusOf(bound).conditions as { type: string; status: string }[];
    assert.deepEqual([condition?.type, condition?.status], ['PodScheduled', 'True']);
    await refused(
      api.create('pods/binding default/bound', bindingOf('bound', 'n2')),
      'Conflict',
      'Operation cannot be fulfilled on pods/binding "bound": pod bound is already assigned to node "n1"',
    );
  });

  it('has one winner when two schedulers decide at once', async () => {
    await api.create('pods default', podOf('fought-over'));
    const results = await Promise.allSettled(
      ['n1', 'n2', 'n3'].map((node) =>
        api.create('pods/binding default/fought-over', bindingOf('fought-over', node)),
      ),
    );
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
  });

  it('is refused for another pod of the name, one that goes, and no node', async () => {
    await api.create('pods default', podOf('picky', {}, { finalizers: ['example.com/hold'] }));
    await refused(
      api.create('pods/binding default/picky', bindingOf('picky', 'n1', { uid: 'other' })),
      'Conflict',
      /Precondition failed: UID in precondition: other/,
    );
    await refused(
      api.create('pods/binding default/picky', bindingOf('picky', '')),
      'Invalid',
      /target\.name: Required value/,
    );
    await api.delete('pods default/picky');
    await refused(
      api.create('pods/binding default/picky', bindingOf('picky', 'n1')),
      'Conflict',
      /pod picky is being deleted, cannot be assigned to a host/,
    );
    await refused(api.create('pods/binding default/none', bindingOf('none', 'n1')), 'NotFound');
  });
});

describe('eviction', () => {
  const evictionOf = (name: string, deleteOptions?: object) => ({
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name },
    ...(deleteOptions && { deleteOptions }),
  });

  it('lets a pod go with its grace', async () => {
    await api.create('pods default', podOf('evicted', { nodeName: 'n1' }));
    const answer = await api.create(
      'pods/eviction default/evicted',
      evictionOf('evicted', { gracePeriodSeconds: 7 }),
    );
    assert.equal(answer.status, 'Success');
    assert.equal((await api.get('pods default/evicted')).metadata.deletionGracePeriodSeconds, 7);
  });

  it('is refused if it names another pod', async () => {
    await api.create('pods default', podOf('stays'));
    await refused(
      api.create('pods/eviction default/stays', evictionOf('other')),
      'BadRequest',
      'name in URL does not match name in Eviction object',
    );
  });
});

describe('token', () => {
  const requestOf = (spec: object) => ({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec,
  });

  it('is issued for an account, bound to the pod that it is for', async () => {
    const account = await api.get('serviceaccounts default/default');
    const pod = await api.create('pods default', podOf('holder', { nodeName: 'n1' }));
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'holder', uid: pod.metadata.uid };
    const answer = await api.create(
      'serviceaccounts/token default/default',
      requestOf({ audiences: ['a'], expirationSeconds: 607, boundObjectRef }),
    );
    assert.deepEqual(api.issued.at(-1), {
      namespace: 'default',
      serviceAccount: 'default',
      serviceAccountUid: account.metadata.uid,
      audiences: ['a'],
      expirationSeconds: 607,
      boundPod: { name: 'holder', uid: pod.metadata.uid, nodeName: 'n1' },
    });
    assert.equal(statusOf(answer).token, `token-${api.issued.length}`);
  });

  it('is for the API server itself if it names no audience', async () => {
    await api.create('serviceaccounts/token default/default', requestOf({}));
    assert.deepEqual(api.issued.at(-1)?.audiences, ['https://kubernetes.default.svc.cluster.local']);
    assert.equal(api.issued.at(-1)?.expirationSeconds, 3600);
  });

  it('is refused for what is not there, is another, or runs as somebody else', async () => {
    const ask = (spec: object) => api.create('serviceaccounts/token default/default', requestOf(spec));
    await refused(
      api.create('serviceaccounts/token default/nobody', requestOf({})),
      'NotFound',
      'serviceaccounts "nobody" not found',
    );
    await refused(
      ask({ expirationSeconds: 60 }),
      'Invalid',
      /may not specify a duration less than 10 minutes/,
    );
    await refused(
      ask({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'none' } }),
      'NotFound',
      'pods "none" not found',
    );
    await refused(
      ask({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'holder', uid: 'other' } }),
      'Conflict',
      /does not match the UID in record/,
    );
    await api.create('serviceaccounts default', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'else' },
    });
    await api.create('pods default', podOf('elsewhere', { serviceAccountName: 'else' }));
    await refused(
      ask({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'elsewhere' } }),
      'BadRequest',
      /pod running with different serviceaccount name/,
    );
  });
});
