import type { ImageInfo } from '@reckon/cri';

/** An image that containers can be made from. */
export interface UsableImage {
  /** What the runtime is to be asked for. */
  readonly ref: string;
  /** As it shows in the status of containers: `docker.io/library/busybox:1.35`. */
  readonly name: string;
  /** `imageID` of the status: its digest, or its id where it has none. */
  readonly id: string;
  readonly info: ImageInfo;
}
