import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '@reckon/api';
import { PODS } from '@reckon/client';
import fc from 'fast-check';
import { storedPod } from './pod/testing/pods.ts';
import { HollowNode } from './testing/hollow-node.ts';

/** What may befall a node, in any order, at any time. */
type Fault =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'killContainer' | 'killSandbox'; readonly which: number }
  | { readonly do: 'restartAgent' }
  /** One side fails for a while, or hangs on to what it is asked. */
  | { readonly do: 'fail'; readonly side: 'runtime' | 'api'; readonly ms: number };

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30_000 }) }),
  fc.record({ do: fc.constantFrom('killContainer' as const, 'killSandbox' as const), which: fc.nat(5) }),
  fc.constant({ do: 'restartAgent' as const }),
  fc.record({
    do: fc.constant('fail' as const),
    side: fc.constantFrom('runtime' as const, 'api' as const),
    ms: fc.integer({ min: 1, max: 20_000 }),
  }),
);

/** Longer than every wait there is. */
const CALM_MS = 700_000;

class World {
  readonly node: HollowNode;
  #runtimeFailsUntilMs = 0;
  #apiFailsUntilMs = 0;

  constructor() {
    const fail = (untilMs: number) => {
      if (this.node.clock.nowMs() < untilMs) throw new ApiError('ServiceUnavailable', 'down');
    };
    this.node = new HollowNode({
      intercept: () => fail(this.#apiFailsUntilMs),
      runtime: {
        intercept: () => fail(this.#runtimeFailsUntilMs),
        behaviour: (config) => (config.metadata?.name === 'init' ? { runMs: 500 } : {}),
      },
    });
  }

  async apply(each: Fault): Promise<void> {
    const { node } = this;
    switch (each.do) {
      case 'wait':
        await this.advance(each.ms);
        return;
      case 'killContainer': {
        const running = (await this.containers()).filter((container) => container.state === 'running');
        const victim = running[each.which % running.length];
        if (victim) await node.runtime.stopContainer(victim.id, 0).catch(() => {});
        break;
      }
      case 'killSandbox': {
        const all = await this.calm(() => node.runtime.listPodSandboxes());
        const victim = all[each.which % all.length];
        if (victim) await node.runtime.stopPodSandbox(victim.id).catch(() => {});
        break;
      }
      case 'restartAgent':
        node.killAgent();
        await node.startAgent();
        break;
      case 'fail':
        if (each.side === 'api') this.#apiFailsUntilMs = node.clock.nowMs() + each.ms;
        else this.#runtimeFailsUntilMs = node.clock.nowMs() + each.ms;
        break;
    }
    await this.advance(0);
  }

  /** In small steps, looking after each. */
  async advance(ms: number): Promise<void> {
    const step = Math.max(500, ms / 20);
    let left = ms;
    do {
      await this.node.advance(Math.min(step, left));
      left -= step;
      await this.check();
    } while (left > 0);
  }

  containers() {
    return this.calm(() => this.node.runtime.listContainers());
  }

  /** The observer's own questions do not fail. */
  async calm<T>(ask: () => Promise<T>): Promise<T> {
    const until = this.#runtimeFailsUntilMs;
    this.#runtimeFailsUntilMs = 0;
    try {
      return await ask();
    } finally {
      this.#runtimeFailsUntilMs = until;
    }
  }

  /** What must hold at every moment. */
  async check(): Promise<void> {
    const containers = await this.containers();
    const running = containers.filter((each) => each.state === 'running');
    for (const { name } of running)
      assert.equal(running.filter((each) => each.name === name).length, 1, `two ${name} run at once`);
    const main = running.find((each) => each.name === 'main');
    if (!main) return;
    const inits = containers.filter((each) => each.name === 'init' && each.sandboxId === main.sandboxId);
    assert.ok(!inits.some((each) => each.state === 'running'), 'main runs beside init');
  }
}

const spec = {
  initContainers: [{ name: 'init', image: 'init:1' }],
  containers: [
    { name: 'main', image: 'app:1' },
    { name: 'other', image: 'app:1' },
  ],
};

describe('whatever befalls a node', () => {
  it('a pod runs again in the end, each container once, and its status says so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 12 }), async (faults) => {
        const world = new World();
        const { node } = world;
        await node.startAgent();
        node.put(storedPod(spec));
        for (const each of faults) await world.apply(each);
        await world.advance(CALM_MS);
        const names = (await node.running()).map((each) => each.split('#')[0]).sort();
        assert.deepEqual(names, ['main', 'other']);
        const sandboxes = await node.runtime.listPodSandboxes();
        assert.equal(sandboxes.filter((each) => each.state === 'ready').length, 1);
        const status = node.pod()?.status;
        assert.equal(status?.phase, 'Running');
        assert.equal(status?.conditions?.find((each) => each.type === 'Ready')?.status, 'True');
        const shown = status?.containerStatuses?.map((each) => `${each.name}#${each.restartCount}`).sort();
        assert.deepEqual(shown, [...(await node.running())].sort());
        node.pods.stop();
      }),
      { numRuns: 60 },
    );
  });

  it('a pod that is deleted meanwhile is gone in the end, from the API and from the node', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { maxLength: 6 }),
        fc.array(fault, { maxLength: 6 }),
        fc.nat(30),
        async (before, after, graceS) => {
          const world = new World();
          const { node } = world;
          await node.startAgent();
          node.put(storedPod(spec));
          for (const each of before) await world.apply(each);
          node.api.remove(PODS, { namespace: 'default', name: 'web' }, graceS);
          for (const each of after) await world.apply(each);
          await world.advance(CALM_MS);
          assert.equal(node.pod(), undefined);
          assert.deepEqual(await node.runtime.listPodSandboxes(), []);
          assert.deepEqual(await node.runtime.listContainers(), []);
          assert.deepEqual(node.pods.all(), []);
          node.pods.stop();
        },
      ),
      { numRuns: 60 },
    );
  });
});
