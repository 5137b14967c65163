import { ApiError, parseImageName } from '@reckon/api';
import { backoffMs, PULL_BACKOFF } from '../../backoff.ts';
import { goDuration } from '../../go-duration.ts';
import type { ContainerModel } from '../../model.ts';
import type { Action, ImageState } from '../../types.ts';
import type { PodContext } from '../context.ts';

type FailedImage = Extract<ImageState, { state: 'failed' }>;

/** Sees to it that a container's image is there, as its pull policy asks (Kubernetes: "Images"). */
export async function ensureImage(
  pod: PodContext,
  action: Extract<Action, { do: 'ensureImage' }>,
): Promise<void> {
  const { container } = action;
  pod.memory.images.set(container.name, await ensured(pod, container));
}

async function ensured(pod: PodContext, container: ContainerModel): Promise<ImageState> {
  const { deps } = pod;
  const { image, pullPolicy, name } = container;
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    pod.tell({ type, reason, message, container: name });
  const failed = (reason: string, message: string): FailedImage => {
    tell('Warning', 'Failed', `Error: ${reason}`);
    return { state: 'failed', reason, message, failedAtMs: deps.clock.nowMs(), retryAtMs: undefined };
  };

  const parsed = parseImageName(image);
  if (parsed.problem !== undefined) {
    const message = `Failed to apply default image tag "${image}": ${parsed.problem}`;
    tell('Warning', 'InspectFailed', message);
    return failed('InvalidImageName', message);
  }
  const { reference } = parsed;
  if (pullPolicy !== 'Always') {
    try {
      const found = await deps.images.find(reference);
      if (found) {
        tell('Normal', 'Pulled', `Container image "${image}" already present on machine`);
        return { state: 'ready', image: found };
      }
    } catch (cause) {
      const message = `Failed to inspect image "${reference}": ${ApiError.from(cause).message}`;
      tell('Warning', 'InspectFailed', message);
      return {
        ...failed('ImageInspectError', message),
        retryAtMs: deps.clock.nowMs() + PULL_BACKOFF.initialMs,
      };
    }
    if (pullPolicy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      tell('Warning', 'ErrImageNeverPull', message);
      return failed('ErrImageNeverPull', message);
    }
  }
  tell('Normal', 'Pulling', `Pulling image "${reference}"`);
  try {
    const credentials = await deps.pullSecrets.credentials(pod.model, parsed.registry);
    const { image: pulled, tookMs } = await deps.images.pull(reference, credentials);
    pod.memory.pullFailures.delete(name);
    const took = goDuration(tookMs);
    const size = `Image size: ${pulled.info.sizeBytes} bytes.`;
    tell(
      'Normal',
      'Pulled',
      `Successfully pulled image "${reference}" in ${took} (${took} including waiting). ${size}`,
    );
    return { state: 'ready', image: pulled };
  } catch (cause) {
    const { message } = ApiError.from(cause);
    const count = (pod.memory.pullFailures.get(name) ?? 0) + 1;
    pod.memory.pullFailures.set(name, count);
    tell('Warning', 'Failed', `Failed to pull image "${reference}": ${message}`);
    const failure = failed('ErrImagePull', message);
    return { ...failure, retryAtMs: failure.failedAtMs + backoffMs(PULL_BACKOFF, count) };
  }
}
