import type { Draft } from './draft.ts';
import type { ContainerModel } from './model.ts';
import type { ImageState } from './types.ts';

type FailedImage = Extract<ImageState, { readonly state: 'failed' }>;

/** For so long the failure itself is shown; afterwards that we wait before trying again. */
const SHOW_FAILURE_MS = 5_000;

/** Undefined if this failure is not waited out (ErrImageNeverPull, InvalidImageName). */
export function backoffShownFromMs(image: FailedImage): number | undefined {
  return image.reason === 'ErrImagePull' ? image.failedAtMs + SHOW_FAILURE_MS : undefined;
}

export function pullBackoffMessage(container: ContainerModel): string {
  return `Back-off pulling image "${container.image}"`;
}

/** Sees to it that people learn of the wait when it begins to show. */
export function planPullBackoff(container: ContainerModel, image: FailedImage, draft: Draft): void {
  const fromMs = backoffShownFromMs(image);
  if (fromMs === undefined || !draft.isDue(fromMs)) return;
  draft.announce(`pull-backoff/${container.name}/${image.failedAtMs}`, {
    type: 'Normal',
    reason: 'BackOff',
    message: pullBackoffMessage(container),
    container: container.name,
  });
  draft.announce(`pull-backoff-failed/${container.name}/${image.failedAtMs}`, {
    type: 'Warning',
    reason: 'Failed',
    message: 'Error: ImagePullBackOff',
    container: container.name,
  });
}
