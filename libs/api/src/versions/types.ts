import type { KubeObject } from '../meta/types.ts';

/** A group and version in which objects can be read and written that are kept in another. */
export interface Conversion {
  /** The resource under which they are kept: `events`. */
  readonly storedAs: string;
  /** Nothing is added that is not said: the object may be a part of one (server-side apply). */
  toStored(object: KubeObject): KubeObject;
  fromStored(object: KubeObject): KubeObject;
  /** A field selector in the words of what is kept. */
  fieldSelector?(text: string): string;
}
