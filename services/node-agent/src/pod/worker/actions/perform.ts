import type { Action } from '../../types.ts';
import type { PodContext } from '../context.ts';
import { ensureImage } from './image.ts';
import { killContainer } from './kill-container.ts';
import { cleanUp, deletePod, removeContainer } from './remove.ts';
import { removeSandbox, runSandbox, stopSandbox } from './sandbox.ts';
import { startContainer } from './start-container.ts';
import { prepareVolumes, releaseVolumes } from './volumes.ts';

/** Carries out one action of a plan. Failures that the plan must know of are noted in the pod's memory. */
export async function perform(pod: PodContext, action: Action): Promise<void> {
  switch (action.do) {
    case 'prepareVolumes':
      return prepareVolumes(pod);
    case 'releaseVolumes':
      return releaseVolumes(pod);
    case 'runSandbox':
      return runSandbox(pod, action);
    case 'stopSandbox':
      return stopSandbox(pod, action);
    case 'removeSandbox':
      return removeSandbox(pod, action);
    case 'ensureImage':
      return ensureImage(pod, action);
    case 'startContainer':
      return startContainer(pod, action);
    case 'killContainer':
      return killContainer(pod, action);
    case 'removeContainer':
      return removeContainer(pod, action);
    case 'deletePod':
      return deletePod(pod, action);
    case 'cleanUp':
      return cleanUp(pod);
    case 'announce':
      return;
  }
}
