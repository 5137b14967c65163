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

  it('is understood as old clients send it', async () => {
    await api.create('pods default', podOf('by-old'));
    const eviction = { ...evictionOf('by-old'), apiVersion: 'policy/v1beta1' };
    assert.equal((await api.create('pods/eviction default/by-old', eviction)).status, 'Success');
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

describe('eviction with a disruption budget', () => {
  const evict = (name: string) =>
    api.create(`pods/eviction default/${name}`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name },
    });

  async function budgetWith(app: string, status: object, spec: object = {}): Promise<void> {
    const selector = { matchLabels: { app } };
    const object = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: app },
      spec: { selector, minAvailable: 1, ...spec },
    };
    const made = await api.create('poddisruptionbudgets.policy default', object);
    const complete = {
      observedGeneration: 1,
      expectedPods: 2,
      currentHealthy: 2,
      desiredHealthy: 1,
      ...status,
    };
    await api.update(`poddisruptionbudgets.policy/status default/${app}`, { ...made, status: complete });
  }

  async function runningPod(name: string, app: string, ready = 'True'): Promise<void> {
    const pod = await api.create('pods default', {
      ...podOf(name, { nodeName: 'n1' }),
      metadata: { name, labels: { app } },
    });
    const conditions = [{ type: 'Ready', status: ready }];
    await api.update(`pods/status default/${name}`, { ...pod, status: { phase: 'Running', conditions } });
  }

  it('takes what it needs from the budget, and is refused when nothing is left', async () => {
    await budgetWith('spent', { disruptionsAllowed: 1 });
    await runningPod('spent-1', 'spent');
    await runningPod('spent-2', 'spent');
    await evict('spent-1');
    const { status } = await api.get('poddisruptionbudgets.policy default/spent');
    assert.equal(Reflect.get(Object(status), 'disruptionsAllowed'), 0);
    assert.deepEqual(Object.keys(Reflect.get(Object(status), 'disruptedPods')), ['spent-1']);
    const error = await refused(
      evict('spent-2'),
      'TooManyRequests',
      "Cannot evict pod as it would violate the pod's disruption budget.",
    );
    assert.deepEqual(error.details.causes, [
      {
        reason: 'DisruptionBudget',
        message: 'The disruption budget spent needs 1 healthy pods and has 2 currently',
        field: '',
      },
    ]);
    assert.equal(error.details.retryAfterSeconds, undefined, 'a client that waits in silence tells nobody');
    assert.equal((await api.get('pods default/spent-2')).metadata.deletionTimestamp, undefined);
  });

  it('has one winner when two evictions want the last allowance at once', async () => {
    await budgetWith('last', { disruptionsAllowed: 1 });
    for (const name of ['last-1', 'last-2', 'last-3']) await runningPod(name, 'last');
    const results = await Promise.allSettled(['last-1', 'last-2', 'last-3'].map(evict));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('waits until the controller has seen the budget as it is', async () => {
    await budgetWith('new', { disruptionsAllowed: 1, observedGeneration: 0 });
    await runningPod('new-1', 'new');
    const error = await refused(evict('new-1'), 'TooManyRequests');
    assert.equal(error.details.retryAfterSeconds, 10);
  });

  it('lets pods go that are not ready, if the others are enough or the budget says so', async () => {
    await budgetWith('few', { disruptionsAllowed: 0, currentHealthy: 0 });
    await runningPod('few-1', 'few', 'False');
    await refused(evict('few-1'), 'TooManyRequests');
    await budgetWith('enough', { disruptionsAllowed: 0, currentHealthy: 1 });
    await runningPod('enough-1', 'enough', 'False');
    await evict('enough-1');
    await budgetWith(
      'always',
      { disruptionsAllowed: 0, currentHealthy: 0 },
      { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    );
    await runningPod('always-1', 'always', 'False');
    await evict('always-1');
  });

  it('is not asked about a pod that never ran', async () => {
    await budgetWith('pending', { disruptionsAllowed: 0 });
    await api.create('pods default', {
      ...podOf('pending-1'),
      metadata: { name: 'pending-1', labels: { app: 'pending' } },
    });
    await evict('pending-1');
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
