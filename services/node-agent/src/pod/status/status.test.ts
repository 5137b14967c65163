import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodModel } from '../model.ts';
import { planPod } from '../plan.ts';
import { input, instance, observation, pod, prepared, sandbox, T0_MS } from '../testing/pods.ts';
import type { ContainerInstance, PodObservation } from '../types.ts';

const statusOf = (model: PodModel, observed: PodObservation, nowMs?: number) =>
  planPod(input(model, observed, nowMs)).status;
const conditions = (model: PodModel, observed: PodObservation) =>
  Object.fromEntries(
    (statusOf(model, observed).conditions ?? []).map(({ type, status, reason, message }) => [
      type,
      [status, reason, message].filter(Boolean).join(': '),
    ]),
  );
const exited = (model: PodModel, name: string, exitCode: number, parts: Partial<ContainerInstance> = {}) =>
  instance(model, name, { state: 'exited', exitCode, ...parts });

describe('the phase of a pod', () => {
  const two = (restartPolicy: string) =>
    pod({
      spec: { restartPolicy },
      containers: [
        { name: 'a', image: 'a:1' },
        { name: 'b', image: 'b:1' },
      ],
    });
  const cases: readonly (readonly [sentence: string, policy: string, a: string, b: string, phase: string])[] =
    [
      ['nothing ran yet', 'Always', 'none', 'none', 'Pending'],
      ['one has not run yet', 'Always', 'running', 'none', 'Pending'],
      ['all run', 'Always', 'running', 'running', 'Running'],
      ['all ended and will be started again', 'Always', 'failed', 'done', 'Running'],
      ['one runs, one is done for good', 'Never', 'running', 'done', 'Running'],
      ['one runs, one has failed for good', 'Never', 'running', 'failed', 'Running'],
      ['all are done for good', 'Never', 'done', 'done', 'Succeeded'],
      ['one has failed for good', 'Never', 'failed', 'done', 'Failed'],
      ['one will be tried again', 'OnFailure', 'failed', 'done', 'Running'],
      ['all succeeded at last', 'OnFailure', 'done', 'done', 'Succeeded'],
    ];
  for (const [sentence, policy, a, b, phase] of cases) {
    it(`is ${phase} under ${policy} when ${sentence}`, () => {
      const model = two(policy);
      const make = (name: string, state: string): ContainerInstance[] => {
        if (state === 'none') return [];
        return [state === 'running' ? instance(model, name) : exited(model, name, state === 'done' ? 0 : 1)];
      };
      const observed = prepared(model, { containers: [...make('a', a), ...make('b', b)] });
      assert.equal(statusOf(model, observed).phase, phase);
    });
  }

  it('is final once the API has it so, whatever the node sees', () => {
    const model = pod({ status: { phase: 'Failed', reason: 'Evicted', message: 'too much' } });
    const status = statusOf(model, prepared(model, { containers: [instance(model, 'main')] }));
    assert.deepEqual([status.phase, status.reason, status.message], ['Failed', 'Evicted', 'too much']);
  });

  it('is how its containers ended when it is deleted', () => {
    const model = pod({ deletedWithGraceS: 1 });
    const after = (exitCode: number) => prepared(model, { containers: [exited(model, 'main', exitCode)] });
    assert.equal(
      statusOf(model, prepared(model, { containers: [instance(model, 'main')] })).phase,
      'Running',
    );
    assert.equal(statusOf(model, after(0)).phase, 'Succeeded');
    assert.equal(statusOf(model, after(137)).phase, 'Failed');
  });

  it('is not decided by a sidecar, but held open by it', () => {
    const side = { name: 'side', image: 's:1', restartPolicy: 'Always' };
    const model = pod({ initContainers: [side], spec: { restartPolicy: 'Never' } });
    const done = exited(model, 'main', 0);
    assert.equal(
      statusOf(model, prepared(model, { containers: [done, instance(model, 'side')] })).phase,
      'Running',
    );
    assert.equal(
      statusOf(model, prepared(model, { containers: [done, exited(model, 'side', 137)] })).phase,
      'Succeeded',
    );
  });
});

describe('the conditions of a pod', () => {
  const model = pod({
    initContainers: [
      { name: 'one', image: 'i:1' },
      { name: 'two', image: 'i:1' },
    ],
  });

  it('say what is missing while it is made', () => {
    const observed = prepared(model, { containers: [exited(model, 'one', 0), instance(model, 'two')] });
    assert.deepEqual(conditions(model, observed), {
      PodReadyToStartContainers: 'True',
      Initialized: 'False: ContainersNotInitialized: containers with incomplete status: [two]',
      Ready: 'False: ContainersNotReady: containers with unready status: [main]',
      ContainersReady: 'False: ContainersNotReady: containers with unready status: [main]',
      PodScheduled: 'True',
    });
  });

  it('a failed init container leaves the pod uninitialized, and its containers wait', () => {
    const observed = prepared(model, { containers: [exited(model, 'one', 0), exited(model, 'two', 1)] });
    assert.match(conditions(model, observed).Initialized ?? '', /incomplete status: \[two\]$/);
    assert.equal(statusOf(model, observed).phase, 'Pending');
    const actions = planPod(input(model, observed)).actions;
    assert.deepEqual(
      actions.map((action) => action.do === 'startContainer' && action.container.name),
      ['two'],
    );
  });

  it('are all true when everything is well, and none is when the pod is over', () => {
    const plain = pod({ spec: { restartPolicy: 'Never' } });
    const well = prepared(plain, { containers: [instance(plain, 'main')] });
    assert.ok(Object.values(conditions(plain, well)).every((each) => each === 'True'));
    const over = prepared(plain, {
      sandboxes: [sandbox({ ready: false })],
      containers: [exited(plain, 'main', 0)],
    });
    assert.deepEqual(conditions(plain, over), {
      PodReadyToStartContainers: 'False',
      Initialized: 'True: PodCompleted',
      Ready: 'False: PodCompleted',
      ContainersReady: 'False: PodCompleted',
      PodScheduled: 'True',
    });
  });

  it('a readiness gate holds back Ready alone', () => {
    const gated = pod({ spec: { readinessGates: [{ conditionType: 'example.com/lb' }] } });
    const observed = prepared(gated, { containers: [instance(gated, 'main')] });
    const shown = conditions(gated, observed);
    assert.equal(shown.ContainersReady, 'True');
    assert.match(shown.Ready ?? '', /^False: ReadinessGatesNotReady: .*"example\.com\/lb" does not exist\.$/);
    const open = pod({
      spec: { readinessGates: [{ conditionType: 'example.com/lb' }] },
      status: { phase: 'Running', conditions: [{ type: 'example.com/lb', status: 'True' }] },
    });
    assert.equal(conditions(open, observed).Ready, 'True');
  });

  it('keep the time of their last transition', () => {
    const earlier = { type: 'Ready', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z' };
    const known = pod({ status: { phase: 'Running', conditions: [earlier] } });
    const time = (observed: PodObservation) =>
      statusOf(known, observed).conditions?.find((each) => each.type === 'Ready')?.lastTransitionTime;
    assert.equal(time(prepared(known, { containers: [instance(known, 'main')] })), '2025-01-01T00:00:00Z');
    assert.equal(time(prepared(known, { containers: [exited(known, 'main', 1)] })), '2026-01-01T00:00:02Z');
  });
});

describe('the status of a container', () => {
  const probed = pod({
    containers: [{ name: 'main', image: 'app:1', readinessProbe: {}, startupProbe: {} }],
  });
  const running = prepared(probed, { containers: [instance(probed, 'main')] });
  const main = (model: PodModel, observed: PodObservation) =>
    statusOf(model, observed).containerStatuses?.[0];

  it('is started and ready as its probes say', () => {
    const verdicts = [
      undefined,
      { started: true },
      { started: true, ready: true },
      { started: true, ready: false },
    ];
    assert.deepEqual(
      verdicts.map((verdict) => {
        const probes = new Map(verdict ? [['main-0', verdict]] : []);
        const status = main(probed, { ...running, probes });
        return [status?.started, status?.ready];
      }),
      [
        [false, false],
        [true, false],
        [true, true],
        [true, false],
      ],
    );
  });

  it('is what the API knows of the same container until its probes say otherwise', () => {
    const containerStatuses = [
      { name: 'main', containerID: 'containerd://main-0', started: true, ready: true },
    ];
    const model = pod({
      containers: [{ name: 'main', image: 'app:1', readinessProbe: {}, startupProbe: {} }],
      status: { phase: 'Running', containerStatuses },
    });
    assert.equal(main(model, running)?.ready, true);
    const probes = new Map([['main-0', { started: true, ready: false }]]);
    assert.equal(main(model, { ...running, probes })?.ready, false);
    const another = prepared(model, { containers: [instance(model, 'main', { attempt: 1 })] });
    assert.equal(main(model, another)?.ready, false);
  });

  it('is waiting for the others before it first runs', () => {
    assert.deepEqual(main(pod(), observation())?.state, { waiting: { reason: 'ContainerCreating' } });
    const model = pod({ initContainers: [{ name: 'one', image: 'i:1' }] });
    assert.deepEqual(main(model, observation())?.state, { waiting: { reason: 'PodInitializing' } });
  });

  it('shows how the last attempt ended while the next one cannot be made', () => {
    const model = pod();
    const failure = {
      reason: 'CreateContainerConfigError',
      message: 'secret "s" not found',
      retryAtMs: T0_MS + 9_000,
      count: 1,
    };
    const observed = prepared(model, {
      containers: [exited(model, 'main', 3, { reason: 'Error' })],
      startFailures: new Map([['main', failure]]),
    });
    const status = main(model, observed);
    assert.deepEqual(status?.state, { waiting: { reason: failure.reason, message: failure.message } });
    assert.equal(status?.lastState?.terminated?.exitCode, 3);
  });
});
