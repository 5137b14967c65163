import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { Exchange, HeaderList } from './exchange.ts';
import { type ListBody, wholeBody } from './list-body.ts';
import { SLAB_BYTES, SlabPool } from './slab-pool.ts';

/** Below this compressing costs the client more than it saves (Kubernetes' API server uses the same bound). */
const WORTH_COMPRESSING_BYTES = 128 * 1024;

const slabs = new SlabPool();

export interface SendOptions {
  readonly status?: number;
  /** Whose answer it is: a long one is sent in turns with others. */
  readonly pace?: Pace;
}

export interface Pace {
  /** Nobody is to be answered any more. */
  readonly aborted: boolean;
  /** Tells when it comes to that. */
  readonly signal: AbortSignal;
  /** Resolves when a piece that takes about so long may be made and sent; undefined: at once. */
  turn(costMs: number): Promise<void> | undefined;
}

/** About how long it takes to copy, cipher and write a slab. */
const SLAB_MS = 0.6;

/** Sends a body of known length, compressed if the client asks and it is worth it, no faster than it is taken. */
export async function sendBody(
  exchange: Exchange,
  headers: HeaderList,
  body: ListBody,
  { status = 200, pace }: SendOptions = {},
): Promise<void> {
  const { lengthBytes } = body;
  if (lengthBytes > WORTH_COMPRESSING_BYTES && acceptsGzip(exchange))
    return sendCompressed(exchange, { status, headers, body });
  if (lengthBytes <= SLAB_BYTES) {
    // It fits into one buffer of just this size.
    for (const { bytes } of body.fill(() => Buffer.allocUnsafe(lengthBytes)))
      exchange.respond(status, headers, bytes);
    return;
  }
  const out = exchange.stream(status, [...headers, 'Content-Length', String(lengthBytes)]);
  pace?.signal.addEventListener('abort', () => out.destroy(), { once: true });
  for (const { bytes, buffer } of body.fill(() => slabs.take())) {
    const written = buffer && (() => slabs.give(buffer));
    if (exchange.gone) return;
    if (!out.write(bytes, written)) await out.drained();
    await pace?.turn(SLAB_MS);
  }
  out.end();
}

/** A character of a string takes at most so many bytes of UTF-8. */
const MAX_CHARACTER_BYTES = 3;

/**
 * Sends bytes that are at hand, compressed if asked and worth it. What is too small for that, as nearly every object
 * is, goes out before this returns, without a promise.
 */
export function sendBytes(
  exchange: Exchange,
  headers: HeaderList,
  bytes: Uint8Array | string,
  status = 200,
): Promise<void> | undefined {
  const mostBytes = typeof bytes === 'string' ? bytes.length * MAX_CHARACTER_BYTES : bytes.length;
  if (mostBytes <= WORTH_COMPRESSING_BYTES) {
    exchange.respond(status, headers, bytes);
    return undefined;
  }
  const body = wholeBody(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  return sendBody(exchange, headers, body, { status });
}

/** RFC 9110, 12.5.3: named, and not with the weight 0 that rules it out. */
export function acceptsGzip(exchange: Exchange): boolean {
  const accepted = exchange.header('accept-encoding');
  return accepted !== undefined && /(^|,)\s*gzip\s*(,|$|;\s*q=(1|0\.\d*[1-9]))/i.test(accepted);
}

interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: ListBody;
}

async function sendCompressed(exchange: Exchange, { status, headers, body }: Answer): Promise<void> {
  const out = exchange.stream(status, [...headers, 'Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding']);
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      if (out.write(chunk)) done();
      else out.drained().then(() => done(), done);
    },
  });
  const plain = function* () {
    for (const { bytes } of body.fill(() => Buffer.allocUnsafeSlow(SLAB_BYTES))) yield bytes;
  };
  await pipeline(
    Readable.from(plain()),
    createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 65_536 }),
    sink,
  );
  out.end();
}
