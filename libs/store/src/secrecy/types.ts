import type { Owner } from './envelope.ts';

export interface WrappedDataKey {
  readonly id: number;
  readonly wrapped: Uint8Array;
  /** Of the wrapping key. */
  readonly keyId: string;
  readonly madeRev: number;
}

/** Where wrapped data keys are kept: apart from the log, so that rotating them never touches it. */
export interface DataKeyTable {
  /** The newest that this wrapping key has wrapped. */
  newest(keyId: string): Promise<WrappedDataKey | undefined>;
  byId(ids: readonly number[]): Promise<readonly WrappedDataKey[]>;
  add(key: Omit<WrappedDataKey, 'id'>): Promise<WrappedDataKey>;
}

/** The key of one object, sealed by a data key; or, once it is shredded, what is shown in the object's place. */
export type SealedObjectKey = Owner & { readonly id: number } & (
    | { readonly sealed: Uint8Array; readonly shownInstead?: undefined }
    | { readonly sealed?: undefined; readonly shownInstead: Uint8Array }
  );

export interface NewObjectKey extends Owner {
  readonly sealed: Uint8Array;
  /** The head when it was made. */
  readonly madeRev: number;
}

/** Where the keys of objects are kept: who takes a row away has shredded the object, whatever the log holds. */
export interface ObjectKeyTable {
  /** No two of one object. What has a key keeps it; in any order. */
  ensure(keys: readonly NewObjectKey[]): Promise<readonly SealedObjectKey[]>;
  byId(ids: readonly number[]): Promise<readonly SealedObjectKey[]>;
}
