/** A cluster whose controllers are killed once, right before or right after one of their writes. */
import assert from 'node:assert/strict';
import { ApiError } from '@reckon/api';
import { InterceptedApi, type WriteCall } from '@reckon/client';
import { VirtualCluster } from './virtual-cluster.ts';
import { describeCalls, WriteWatch } from './write-watch.ts';

export interface Crash {
  readonly moment: 'before' | 'after';
  /** Of the controllers' writes that count: the first is 1. */
  readonly write: number;
}

export interface CrashRun {
  /** For messages: which crash it was. */
  readonly name: string;
  readonly cluster: VirtualCluster;
  /** Lets virtual time pass; what was killed is started again within 600 ms. */
  run(ms: number): Promise<void>;
}

const STEP_MS = 600;
const REST_MS = 2_000;

/**
 * Plays a scene once without a crash to learn how many writes of these resources it takes (of transactions also those
 * that name none), then once for every crash there can be. The scene itself asserts how it must end; beside that, no
 * controller may have sent a write that changed nothing, and once they are started anew and plan everything again,
 * none may find anything left to write.
 */
export async function withEveryCrash(
  resources: readonly string[],
  scene: (run: CrashRun) => Promise<void>,
): Promise<number> {
  const succeeded = await play(resources, undefined, scene);
  for (const [index, success] of succeeded.entries()) {
    const write = index + 1;
    await play(resources, { moment: 'before', write }, scene);
    if (success) await play(resources, { moment: 'after', write }, scene);
  }
  return succeeded.length;
}

/** Of each write that counts whether it succeeded. */
async function play(
  resources: readonly string[],
  crash: Crash | undefined,
  scene: (run: CrashRun) => Promise<void>,
): Promise<readonly boolean[]> {
  const cluster = new VirtualCluster();
  const watched = new WriteWatch(cluster.api);
  const counted = new Set(resources);
  const ordinals = new WeakMap<WriteCall, number>();
  const writes: boolean[] = [];
  let over = false;
  let crashed = false;
  const fault = (moment: Crash['moment'], call: WriteCall) => {
    if (!over && moment === crash?.moment && ordinals.get(call) === crash.write) crashed = true;
    if (crashed) throw new ApiError('ServiceUnavailable', 'the process is dead');
  };
  cluster.controllerApi = new InterceptedApi(cluster.api, {
    before(call) {
      if (counted.has(call.resource)) ordinals.set(call, writes.push(false));
      fault('before', call);
      watched.before(call);
    },
    after(call, revision) {
      watched.after(call, revision);
      const ordinal = ordinals.get(call);
      if (ordinal) writes[ordinal - 1] = true;
      fault('after', call);
    },
  });
  const run = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await cluster.run(STEP_MS);
      if (!crashed) continue;
      crashed = false;
      over = true;
      await cluster.restartControllers();
    }
  };
  const name = crash ? `${crash.moment} write ${crash.write}` : 'without a crash';
  try {
    await scene({ name, cluster, run });
    assert.equal(over, crash !== undefined, `${name}: the crash has taken place`);
    assert.deepEqual(describeCalls(watched.idle), [], `${name}: no write changed nothing`);
    const before = watched.calls.length;
    await cluster.restartControllers();
    await cluster.run(REST_MS);
    assert.deepEqual(describeCalls(watched.calls.slice(before)), [], `${name}: everything is at rest`);
  } finally {
    await cluster.stop();
  }
  return writes;
}
