import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namespaceOptionsOf } from '../container/testing/security.ts';
import { planPod } from './plan.ts';
import { input, instance, pod, prepared, T0_MS } from './testing/pods.ts';
import type { PodObservation } from './types.ts';

const web = pod({
  initContainers: [{ name: 'init', image: 'i:1' }],
  spec: {
    ephemeralContainers: [
      { name: 'look', image: 'b:1' },
      { name: 'trace', image: 'b:1', targetContainerName: 'main' },
    ],
  },
});
const initialized = instance(web, 'init', { state: 'exited', reason: 'Completed' });

function started(observed: PodObservation) {
  return planPod(input(web, observed)).actions.flatMap((action) =>
    action.do === 'startContainer' ? [action] : [],
  );
}

describe('an ephemeral container', () => {
  it('starts although init containers have not done their work', () => {
    assert.deepEqual(
      started(prepared(web)).map(({ container }) => container.name),
      ['look', 'init'],
    );
  });

  it('with a target starts once the target runs, and is told which it is', () => {
    const main = instance(web, 'main');
    const containers = [main, instance(web, 'look'), initialized];
    const [trace, ...others] = started(prepared(web, { containers }));
    assert.deepEqual([trace?.container.name, trace?.target?.id, others.length], ['trace', main.id, 0]);
    assert.deepEqual(namespaceOptionsOf(web, trace), { network: 0, pid: 3, ipc: 0, targetId: main.id });
  });

  it('runs once: one that has ended is not started again, whatever the restart policy', () => {
    const containers = [
      instance(web, 'main'),
      instance(web, 'look', { state: 'exited', exitCode: 1 }),
      instance(web, 'trace', { state: 'exited' }),
      initialized,
    ];
    assert.deepEqual(started(prepared(web, { containers })), []);
    const { status } = planPod(input(web, prepared(web, { containers })));
    assert.equal(status.phase, 'Running');
    assert.deepEqual(
      status.ephemeralContainerStatuses?.map(({ name, ready, state }) => [
        name,
        ready,
        state?.terminated?.exitCode,
      ]),
      [
        ['look', false, 1],
        ['trace', false, 0],
      ],
    );
  });

  it('keeps no pod alive whose containers have all ended, and is ended with it', () => {
    const done = pod({
      spec: { restartPolicy: 'Never', ephemeralContainers: [{ name: 'look', image: 'b:1' }] },
    });
    const containers = [
      instance(done, 'main', { state: 'exited', reason: 'Completed' }),
      instance(done, 'look'),
    ];
    const { actions, status } = planPod(input(done, prepared(done, { containers }), T0_MS + 2_000));
    assert.deepEqual(
      actions.map((action) => (action.do === 'killContainer' ? action.container.name : action.do)),
      ['look'],
    );
    assert.equal(status.phase, 'Succeeded');
  });
});
