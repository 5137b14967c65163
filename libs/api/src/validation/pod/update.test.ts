import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { updateProblems } from '../testing.ts';

const before = {
  containers: [{ name: 'c', image: 'i', env: [{ name: 'A', value: '' }] }],
  tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }],
  activeDeadlineSeconds: 60,
};
const update = (spec: Record<string, unknown>) =>
  updateProblems({ resource: 'pods', spec: before }, { resource: 'pods', spec: { ...before, ...spec } });

const MAY_NOT =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

describe('updates of pods', () => {
  it('may change images, shorten the deadline and add tolerations', () => {
    const [toleration] = before.tolerations;
    assert.deepEqual(
      update({
        containers: [{ ...before.containers[0], image: 'j' }],
        activeDeadlineSeconds: 30,
        tolerations: [
          { ...toleration, tolerationSeconds: 9 },
          { key: 'b', operator: 'Exists' },
        ],
      }),
      [],
    );
  });

  it('may not change anything else, and say what it was', () => {
    assert.deepEqual(
      update({ nodeName: 'n', containers: [{ name: 'c', image: 'i', env: [{ name: 'A', value: 'x' }] }] }),
      [`${MAY_NOT}\nchanged: spec.containers[0].env[0].value, spec.nodeName`],
    );
    assert.deepEqual(update({ automountServiceAccountToken: false }), [
      `${MAY_NOT}\nchanged: spec.automountServiceAccountToken`,
    ]);
  });

  it('take what clients leave out for what it is: nothing', () => {
    const containers = [{ name: 'c', image: 'i', env: [{ name: 'A' }], tty: false }];
    assert.deepEqual(update({ containers, hostNetwork: false, nodeSelector: {} }), []);
  });

  it('may not add or remove containers', () => {
    assert.deepEqual(update({ containers: [...before.containers, { name: 'd', image: 'i' }] }), [
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ]);
  });

  it('may not lengthen or lift the deadline', () => {
    assert.deepEqual(update({ activeDeadlineSeconds: 61 }), [
      'spec.activeDeadlineSeconds: Invalid value: 61: must be less than or equal to previous value',
    ]);
    assert.deepEqual(update({ activeDeadlineSeconds: undefined }), [
      'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
    ]);
  });

  it('may not take tolerations away', () => {
    assert.deepEqual(update({ tolerations: [] }), [
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
  });

  it('may mend a grace period that was negative', () => {
    const spec = (terminationGracePeriodSeconds: number) => ({ ...before, terminationGracePeriodSeconds });
    assert.deepEqual(
      updateProblems({ resource: 'pods', spec: spec(-1) }, { resource: 'pods', spec: spec(1) }),
      [],
    );
  });
});

describe('updates of a pod’s status', () => {
  const ended = {
    name: 'c',
    state: { terminated: { exitCode: 0 } },
    ready: false,
    restartCount: 0,
    image: 'i',
    imageID: '',
  };
  const running = { ...ended, state: { running: {} } };
  const status = (restartPolicy: string, next: unknown, old: unknown = ended) => {
    const spec = { ...before, restartPolicy };
    return updateProblems(
      { resource: 'pods', spec, status: { qosClass: 'Burstable', containerStatuses: [old] } },
      { resource: 'pods', spec, status: { qosClass: 'Burstable', containerStatuses: [next] } },
      'status',
    );
  };

  it('do not bring back what has ended for good', () => {
    const why =
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state';
    assert.deepEqual(status('Never', running), [why]);
    assert.deepEqual(status('OnFailure', running), [why]);
    assert.deepEqual(status('Always', running), []);
    const failed = { ...ended, state: { terminated: { exitCode: 1 } } };
    assert.deepEqual(status('OnFailure', running, failed), []);
  });

  it('do not move the pod or change its class', () => {
    assert.deepEqual(
      updateProblems(
        { resource: 'pods', spec: before, status: { qosClass: 'Burstable' } },
        { resource: 'pods', spec: { ...before, nodeName: 'n' }, status: { qosClass: 'BestEffort' } },
        'status',
      ),
      [
        'status.nodeName: Forbidden: may not be changed directly',
        'status.qosClass: Invalid value: "BestEffort": field is immutable',
      ],
    );
  });
});
