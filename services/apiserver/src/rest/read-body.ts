import type { Readable } from 'node:stream';
import { ApiError, requestTooLarge } from '@reckon/api';

const NOTHING = new Uint8Array(0);

/**
 * Collects a request's body. What exceeds the limit is refused at once (by its declared length if it has one) and
 * what the client still sends is read and dropped, so that it gets to see the answer instead of a reset connection.
 */
export function readBody(
  source: Readable,
  declaredLength: string | undefined,
  limitBytes: number,
): Promise<Uint8Array> {
  if (declaredLength === '0') {
    source.resume();
    return Promise.resolve(NOTHING);
  }
  if (declaredLength !== undefined && Number(declaredLength) > limitBytes) {
    source.resume();
    return Promise.reject(requestTooLarge(limitBytes));
  }
  return new Promise((resolve, reject) => {
    let first: Uint8Array | undefined;
    let all: Uint8Array[] | undefined;
    let lengthBytes = 0;
    source.on('data', (chunk: Uint8Array) => {
      lengthBytes += chunk.length;
      if (lengthBytes > limitBytes) {
        all = undefined;
        first = undefined;
        reject(requestTooLarge(limitBytes));
        return;
      }
      if (first === undefined) first = chunk;
      else if (all === undefined) all = [first, chunk];
      else all.push(chunk);
    });
    source.on('end', () => resolve(all === undefined ? (first ?? NOTHING) : Buffer.concat(all, lengthBytes)));
    source.on('error', (error) => reject(unfinished(error)));
    source.on('close', () => {
      if (!source.readableEnded) reject(unfinished());
    });
  });
}

function unfinished(cause?: unknown): ApiError {
  return new ApiError('BadRequest', 'the client went away before its request was complete', {}, { cause });
}
