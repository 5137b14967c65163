import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodModel } from './model.ts';
import { planPod } from './plan.ts';
import { input, instance, observation, pod, prepared, sandbox, T0_MS } from './testing/pods.ts';
import { type Action, operationKey, type PodObservation } from './types.ts';

/** An action in a few words, so that a table can be read. */
function short(action: Action): string {
  switch (action.do) {
    case 'prepareVolumes':
    case 'releaseVolumes':
    case 'deletePod':
    case 'cleanUp':
      return action.do;
    case 'runSandbox':
      return `runSandbox ${action.attempt}`;
    case 'stopSandbox':
    case 'removeSandbox':
      return `${action.do} ${action.id}`;
    case 'ensureImage':
      return `ensureImage ${action.container.name}`;
    case 'startContainer':
      return `start ${action.container.name}#${action.attempt} backoff ${action.backoffMs / 1_000}s`;
    case 'killContainer':
      return `kill ${action.container.id} in ${action.graceS}s: ${action.message}`;
    case 'removeContainer':
      return `remove ${action.container.id}`;
    case 'announce':
      return `announce ${action.event.reason}`;
  }
}

function plan(
  model: PodModel,
  observed: PodObservation,
  nowMs?: number,
  removed?: boolean,
): readonly string[] {
  return planPod(input(model, observed, nowMs, removed)).actions.map(short);
}

function underWay(...actions: readonly Action[]): ReadonlyMap<string, Action> {
  return new Map(actions.map((action) => [operationKey(action), action]));
}

const web = pod();
const exited = (model: PodModel, name: string, exitCode: number, parts: object = {}) =>
  instance(model, name, { state: 'exited', exitCode, reason: exitCode ? 'Error' : 'Completed', ...parts });

describe('a pod that is being made', () => {
  it('begins with sandbox, volumes and image at the same time', () => {
    assert.deepEqual(plan(web, observation()), ['runSandbox 0', 'prepareVolumes', 'ensureImage main']);
  });

  it('starts nothing before all three are there', () => {
    const full = prepared(web);
    for (const missing of [
      { sandboxes: [] },
      { volumes: { state: 'absent' as const } },
      { images: new Map() },
    ] satisfies Partial<PodObservation>[])
      assert.ok(!plan(web, { ...full, ...missing }).some((action) => action.startsWith('start ')));
    assert.deepEqual(plan(web, full), ['start main#0 backoff 0s']);
  });

  it('begins nothing twice while it is under way', () => {
    const observed = observation();
    const { actions } = planPod(input(web, observed));
    assert.deepEqual(plan(web, { ...observed, underWay: underWay(...actions) }), []);
  });

  it('goes on where an agent was killed between sandbox and container', () => {
    const observed = observation({ sandboxes: [sandbox()] });
    assert.deepEqual(plan(web, observed), ['prepareVolumes', 'ensureImage main']);
  });

  it('removes a container that was created and never started, and starts the same attempt again', () => {
    const created = instance(web, 'main', { state: 'created' });
    assert.deepEqual(plan(web, prepared(web, { containers: [created] })), ['remove main-0']);
  });

  it('tries a sandbox that failed again, but only after its wait', () => {
    const failure = { reason: 'FailedCreatePodSandBox', message: 'no', retryAtMs: T0_MS + 3_000, count: 1 };
    const observed = observation({ volumes: { state: 'ready' }, sandboxFailure: failure });
    const early = planPod(input(web, observed, T0_MS + 2_999));
    assert.deepEqual(early.actions.map(short), ['ensureImage main']);
    assert.equal(early.wakeAtMs, T0_MS + 3_000);
    assert.ok(plan(web, observed, T0_MS + 3_000).includes('runSandbox 0'));
  });

  it('starts all containers at once', () => {
    const two = pod({
      containers: [
        { name: 'a', image: 'a:1' },
        { name: 'b', image: 'b:1' },
      ],
    });
    assert.deepEqual(plan(two, prepared(two)), ['start a#0 backoff 0s', 'start b#0 backoff 0s']);
  });
});

describe('init containers', () => {
  const three = pod({
    initContainers: [
      { name: 'first', image: 'i:1' },
      {
        name: 'helper',
        image: 'i:1',
        restartPolicy: 'Always',
        startupProbe: { exec: { command: ['true'] } },
      },
      { name: 'last', image: 'i:1' },
    ],
  });
  const done = (name: string) => exited(three, name, 0);

  it('run one after the other, the containers after all of them', () => {
    const steps: readonly (readonly [readonly ReturnType<typeof done>[], readonly string[]])[] = [
      [[], ['start first#0 backoff 0s']],
      [[instance(three, 'first')], []],
      [[done('first')], ['start helper#0 backoff 0s']],
      [[done('first'), instance(three, 'helper')], []],
    ];
    for (const [containers, expected] of steps)
      assert.deepEqual(plan(three, prepared(three, { containers })), expected);
    const probes = new Map([['helper-0', { started: true }]]);
    const helped = [done('first'), instance(three, 'helper')];
    assert.deepEqual(plan(three, prepared(three, { containers: helped, probes })), [
      'start last#0 backoff 0s',
    ]);
    const all = [...helped, done('last')];
    assert.deepEqual(plan(three, prepared(three, { containers: all, probes })), ['start main#0 backoff 0s']);
  });

  it('one that failed is run again after its backoff, the rest waits', () => {
    const failed = exited(three, 'first', 1, { backoffMs: 10_000, attempt: 1, finishedAtMs: T0_MS });
    const observed = prepared(three, { containers: [failed] });
    assert.deepEqual(plan(three, observed, T0_MS + 9_999), ['announce BackOff']);
    assert.deepEqual(plan(three, observed, T0_MS + 10_000), ['start first#2 backoff 20s']);
  });

  it('one that failed ends a pod that never restarts', () => {
    const never = pod({
      initContainers: [{ name: 'first', image: 'i:1' }],
      spec: { restartPolicy: 'Never' },
    });
    const observed = prepared(never, { containers: [exited(never, 'first', 1)] });
    assert.deepEqual(plan(never, observed), ['stopSandbox s0']);
    assert.equal(planPod(input(never, observed)).status.phase, 'Failed');
  });

  it('are run again in a new sandbox', () => {
    const observed = prepared(three, {
      sandboxes: [sandbox({ id: 's1', attempt: 1 }), sandbox({ ready: false })],
      containers: [done('first'), exited(three, 'main', 137)],
    });
    assert.deepEqual(plan(three, observed), ['start first#1 backoff 10s']);
  });

  it('a sidecar that ended is started again while the containers run', () => {
    const containers = [instance(three, 'main'), done('last'), exited(three, 'helper', 0), done('first')];
    assert.deepEqual(plan(three, prepared(three, { containers })), ['start helper#1 backoff 10s']);
  });
});

describe('a container that ended', () => {
  const policies = [
    ['Always', 0, true],
    ['Always', 1, true],
    ['OnFailure', 0, false],
    ['OnFailure', 1, true],
    ['Never', 0, false],
    ['Never', 1, false],
  ] as const;
  for (const [restartPolicy, exitCode, again] of policies) {
    it(`with exit code ${exitCode} under ${restartPolicy} ${again ? 'is started again at once' : 'ends the pod'}`, () => {
      const model = pod({ spec: { restartPolicy } });
      const observed = prepared(model, { containers: [exited(model, 'main', exitCode)] });
      assert.deepEqual(plan(model, observed), again ? ['start main#1 backoff 10s'] : ['stopSandbox s0']);
    });
  }

  it('waits 10 s, 20 s … 5 min, from the end of each attempt', () => {
    const waits: number[] = [];
    let backoffMs = 0;
    for (let attempt = 0; attempt < 8; attempt++) {
      const finishedAtMs = T0_MS + 1_000;
      const ended = exited(web, 'main', 1, { attempt, backoffMs, finishedAtMs });
      const observed = prepared(web, {
        containers: [ended],
        announced: new Set([`backoff/main-${attempt}`]),
      });
      const now = planPod(input(web, observed, finishedAtMs));
      const dueMs = now.wakeAtMs ?? finishedAtMs;
      waits.push((dueMs - finishedAtMs) / 1_000);
      const [start] = planPod(input(web, observed, dueMs)).actions;
      assert.ok(start?.do === 'startContainer');
      backoffMs = start.backoffMs;
    }
    assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
  });

  it('has its waits forgotten after it ran for more than 10 min', () => {
    const ended = exited(web, 'main', 1, { attempt: 5, backoffMs: 160_000, finishedAtMs: T0_MS + 600_001 });
    const observed = prepared(web, { containers: [ended] });
    assert.deepEqual(plan(web, observed, T0_MS + 600_001), ['start main#6 backoff 10s']);
  });

  it('of an older image does not hold back the new one', () => {
    const ended = exited(web, 'main', 1, { backoffMs: 300_000, hash: 'other' });
    assert.deepEqual(plan(web, prepared(web, { containers: [ended] })), ['start main#1 backoff 0s']);
  });

  it('is kept with its predecessor; older ones are removed', () => {
    const containers = [3, 2, 1, 0].map((attempt) =>
      instance(web, 'main', { attempt, state: attempt === 3 ? 'running' : 'exited' }),
    );
    assert.deepEqual(plan(web, prepared(web, { containers })), ['remove main-1', 'remove main-0']);
  });
});

describe('a container that must not go on', () => {
  const probed = pod({
    containers: [
      {
        name: 'main',
        image: 'app:1',
        livenessProbe: { exec: { command: ['x'] }, terminationGracePeriodSeconds: 5 },
        startupProbe: { exec: { command: ['x'] } },
      },
    ],
  });
  it('is killed when its liveness probe gives it up, with that probe’s grace', () => {
    const probes = new Map([['main-0', { failed: 'liveness' as const }]]);
    assert.deepEqual(plan(probed, prepared(probed, { containers: [instance(probed, 'main')], probes })), [
      'kill main-0 in 5s: Container main failed liveness probe, will be restarted',
    ]);
  });
  it('is killed when its startup probe gives it up', () => {
    const probes = new Map([['main-0', { failed: 'startup' as const }]]);
    assert.deepEqual(plan(probed, prepared(probed, { containers: [instance(probed, 'main')], probes })), [
      'kill main-0 in 30s: Container main failed startup probe, will be restarted',
    ]);
  });
  it('is killed when its image was changed', () => {
    const containers = [instance(web, 'main', { hash: 'other' })];
    assert.deepEqual(plan(web, prepared(web, { containers })), [
      'kill main-0 in 30s: Container main definition changed, will be restarted',
    ]);
  });
});

describe('a sandbox that died', () => {
  it('is stopped with what still runs in it, then made anew, and people are told', () => {
    const dead = sandbox({ ready: false });
    const died = { ...dead, stopped: false };
    const running = prepared(web, { sandboxes: [died], containers: [instance(web, 'main')] });
    assert.deepEqual(plan(web, running), ['stopSandbox s0']);
    const ended = prepared(web, { sandboxes: [dead], containers: [exited(web, 'main', 137)] });
    assert.deepEqual(plan(web, ended), ['announce SandboxChanged', 'runSandbox 1']);
  });

  it('ends a pod that never restarts', () => {
    const never = pod({ spec: { restartPolicy: 'Never' } });
    const observed = prepared(never, {
      sandboxes: [sandbox({ ready: false })],
      containers: [exited(never, 'main', 137)],
    });
    assert.deepEqual(plan(never, observed), ['releaseVolumes']);
    assert.equal(planPod(input(never, observed)).status.phase, 'Failed');
  });
});

describe('a pod that is deleted', () => {
  const helped = (deletedWithGraceS: number) =>
    pod({
      initContainers: [
        { name: 'one', image: 'i:1', restartPolicy: 'Always' },
        { name: 'two', image: 'i:1', restartPolicy: 'Always' },
      ],
      deletedWithGraceS,
    });

  it('ends its containers, then its sidecars from the last to the first, then its sandbox, then itself', () => {
    const model = helped(7);
    const [one, two, main] = [instance(model, 'one'), instance(model, 'two'), instance(model, 'main')];
    const end = (name: string) => exited(model, name, 143);
    const steps: readonly (readonly [Partial<PodObservation>, readonly string[]])[] = [
      [{ containers: [main, two, one] }, ['kill main-0 in 7s: Stopping container main']],
      [{ containers: [end('main'), two, one] }, ['kill two-0 in 7s: Stopping container two']],
      [{ containers: [end('main'), end('two'), one] }, ['kill one-0 in 7s: Stopping container one']],
      [{ containers: [end('main'), end('two'), end('one')] }, ['stopSandbox s0']],
      [{ containers: [end('main')], sandboxes: [sandbox({ ready: false })] }, ['deletePod']],
      [{ containers: [end('main')], sandboxes: [sandbox({ ready: false })], deleted: true }, ['cleanUp']],
      [{ sandboxes: [], deleted: true, cleaned: true }, []],
    ];
    for (const [parts, expected] of steps) assert.deepEqual(plan(model, prepared(model, parts)), expected);
  });

  it('waits for a start that is under way instead of leaving it behind', () => {
    const model = pod({ deletedWithGraceS: 30 });
    const [start] = planPod(input(web, prepared(web))).actions;
    assert.ok(start);
    assert.deepEqual(plan(model, prepared(model, { underWay: underWay(start) })), []);
  });

  it('a shorter grace overtakes a longer one, a longer one changes nothing', () => {
    const at = (graceS: number) => {
      const model = pod({ deletedWithGraceS: graceS });
      return prepared(model, { containers: [instance(model, 'main')] });
    };
    const [kill] = planPod(input(pod({ deletedWithGraceS: 30 }), at(30))).actions;
    assert.ok(kill?.do === 'killContainer');
    const pending = { ...at(30), underWay: underWay(kill) };
    assert.deepEqual(plan(pod({ deletedWithGraceS: 3 }), pending), [
      'kill main-0 in 3s: Stopping container main',
    ]);
    assert.deepEqual(plan(pod({ deletedWithGraceS: 60 }), pending), []);
  });

  it('by force still gives its processes a second', () => {
    const model = pod({ deletedWithGraceS: 0 });
    const observed = prepared(model, { containers: [instance(model, 'main')] });
    assert.deepEqual(plan(model, observed, undefined, true), ['kill main-0 in 1s: Stopping container main']);
  });

  it('starts nothing any more', () => {
    assert.deepEqual(plan(pod({ deletedWithGraceS: 30 }), observation()), ['deletePod']);
  });
});

describe('a pod that the API does not know', () => {
  it('is ended and removed from the node, and the API is not asked to delete it', () => {
    assert.deepEqual(plan(web, prepared(web, { containers: [instance(web, 'main')] }), undefined, true), [
      'kill main-0 in 30s: Stopping container main',
    ]);
    assert.deepEqual(plan(web, prepared(web, { sandboxes: [] }), undefined, true), ['cleanUp']);
  });
});

describe('a pod with a deadline', () => {
  const limited = pod({ spec: { activeDeadlineSeconds: 60 } });
  const observed = prepared(limited, { containers: [instance(limited, 'main')] });
  it('is looked at again when it comes', () => {
    assert.equal(planPod(input(limited, observed)).wakeAtMs, T0_MS + 60_000);
  });
  it('is ended then, and says why', () => {
    const over = planPod(input(limited, observed, T0_MS + 60_000));
    assert.deepEqual(over.actions.map(short), ['kill main-0 in 30s: Stopping container main']);
    assert.deepEqual([over.status.phase, over.status.reason], ['Failed', 'DeadlineExceeded']);
  });
});

describe('an image that cannot be had', () => {
  const failedAtMs = T0_MS + 2_000;
  const failed = {
    state: 'failed' as const,
    reason: 'ErrImagePull',
    message: 'not found',
    failedAtMs,
    retryAtMs: failedAtMs + 10_000,
  };
  const observed = prepared(web, { images: new Map([['main', failed]]) });
  const waiting = (nowMs: number) =>
    planPod(input(web, observed, nowMs)).status.containerStatuses?.[0]?.state?.waiting;

  it('shows the failure, then the wait, and is pulled again at its end', () => {
    assert.deepEqual(waiting(failedAtMs), { reason: 'ErrImagePull', message: 'not found' });
    assert.deepEqual(waiting(failedAtMs + 5_000), {
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "app:1": ErrImagePull: not found',
    });
    assert.deepEqual(plan(web, observed, failedAtMs), []);
    assert.deepEqual(plan(web, observed, failedAtMs + 5_000), ['announce BackOff', 'announce Failed']);
    assert.ok(plan(web, observed, failedAtMs + 10_000).includes('ensureImage main'));
  });

  it('is not asked for again by itself if nobody may pull it', () => {
    const never = { ...failed, reason: 'ErrImageNeverPull', retryAtMs: undefined };
    const known = prepared(web, { images: new Map([['main', never]]) });
    assert.deepEqual(plan(web, known, failedAtMs + 1e9), []);
    assert.equal(planPod(input(web, known, failedAtMs + 1e9)).wakeAtMs, undefined);
  });
});
