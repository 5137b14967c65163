/** A cluster whose controllers are killed once, right before or right after one of their writes. */
import { ApiError } from '@reckon/api';
import { InterceptedApi, type WriteCall } from '@reckon/client';
import { VirtualCluster } from './virtual-cluster.ts';

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

/**
 * Plays a scene once without a crash to learn how many writes of these resources it takes (of transactions also those
 * that name none), then once for every crash there can be. The scene itself asserts how it must end.
 */
export async function withEveryCrash(
  resources: readonly string[],
  scene: (run: CrashRun) => Promise<void>,
): Promise<number> {
  const total = await play(resources, undefined, scene);
  for (let write = 1; write <= total; write++) {
    await play(resources, { moment: 'before', write }, scene);
    await play(resources, { moment: 'after', write }, scene);
  }
  return total;
}

async function play(
  resources: readonly string[],
  crash: Crash | undefined,
  scene: (run: CrashRun) => Promise<void>,
): Promise<number> {
  const cluster = new VirtualCluster();
  const counted = new Set(resources);
  let writes = 0;
  let over = false;
  let crashed = false;
  const fault = (moment: Crash['moment']) => (call: WriteCall) => {
    if (counted.has(call.resource)) {
      if (moment === 'before') writes += 1;
      if (!over && moment === crash?.moment && writes === crash.write) crashed = true;
    }
    if (crashed) throw new ApiError('ServiceUnavailable', 'the process is dead');
  };
  cluster.controllerApi = new InterceptedApi(cluster.api, { before: fault('before'), after: fault('after') });
  const run = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await cluster.run(STEP_MS);
      if (!crashed) continue;
      crashed = false;
      over = true;
      await cluster.restartControllers();
    }
  };
  try {
    await scene({ name: crash ? `${crash.moment} write ${crash.write}` : 'without a crash', cluster, run });
  } finally {
    await cluster.stop();
  }
  return writes;
}
