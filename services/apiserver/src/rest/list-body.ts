import type { ListMeta, ResourceSchema } from '@reckon/api';
import type { ListResult } from '../verbs/types.ts';

/** A list as JSON, put together from the shared bytes of its objects without decoding any of them. */
export interface ListBody {
  readonly lengthBytes: number;
  /** Fills buffers in order; together exactly `lengthBytes`. `take` gives the next buffer to fill. */
  fill(take: () => Buffer): Iterable<Filled>;
}

/** A buffer that was taken, and how much of it is filled; `buffer` undefined: bytes that are to go out as they are. */
export interface Filled {
  readonly bytes: Uint8Array;
  readonly buffer: Buffer | undefined;
}

const COMMA = 0x2c;

export function listMetadata({ rev, continue: next, remainingItemCount }: ListResult): ListMeta {
  return {
    resourceVersion: String(rev),
    ...(next ? { continue: next } : {}),
    ...(remainingItemCount ? { remainingItemCount } : {}),
  };
}

export function groupVersion(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

export function jsonListBody(resource: ResourceSchema, result: ListResult): ListBody {
  const start = `{"kind":${JSON.stringify(resource.listKind)},"apiVersion":"${groupVersion(resource)}","metadata":${JSON.stringify(listMetadata(result))},"items":[`;
  const head = Buffer.from(start);
  const tail = Buffer.from(']}\n');
  const { items } = result;
  let lengthBytes = head.length + tail.length + Math.max(0, items.length - 1);
  for (const item of items) lengthBytes += item.json.length;
  return {
    lengthBytes,
    *fill(take) {
      let buffer = take();
      buffer.set(head);
      let at = head.length;
      let first = true;
      for (const { json } of items) {
        if (at + json.length + 1 > buffer.length) {
          yield { bytes: buffer.subarray(0, at), buffer };
          buffer = take();
          at = 0;
        }
        if (first) first = false;
        else buffer[at++] = COMMA;
        if (at + json.length > buffer.length) {
          yield { bytes: buffer.subarray(0, at), buffer };
          yield { bytes: json, buffer: undefined };
          buffer = take();
          at = 0;
        } else {
          buffer.set(json, at);
          at += json.length;
        }
      }
      if (at + tail.length > buffer.length) {
        yield { bytes: buffer.subarray(0, at), buffer };
        yield { bytes: tail, buffer: undefined };
      } else {
        buffer.set(tail, at);
        yield { bytes: buffer.subarray(0, at + tail.length), buffer };
      }
    },
  };
}

/** Bytes that are at hand already. */
export function wholeBody(bytes: Uint8Array): ListBody {
  return { lengthBytes: bytes.length, fill: () => [{ bytes, buffer: undefined }] };
}
