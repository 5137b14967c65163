import { watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LogFormatter } from './format.ts';
import type { LogOptions } from './options.ts';
import { tailOffset } from './tail.ts';

const CHUNK_BYTES = 64 * 1024;

export interface LogFile {
  readonly path: string;
  /** Calls back once when nothing will be written any more. The result cancels it. */
  onEnd(listener: () => void): () => void;
  /**
   * Waits a moment after the file was moved away: the runtime may still be writing a last line to it when the new
   * one is there already.
   */
  settle(): Promise<void>;
}

/**
 * What a container wrote, as it should be shown. With `follow` it goes on until the container has ended and all was
 * read, or the signal is aborted. It follows a log over its rotation: the old file to its end, then the new one.
 */
export async function* readLog(
  file: LogFile,
  options: LogOptions,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  let leftBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const part of readWhole(file, options, signal)) {
    if (part.length >= leftBytes) return void (yield part.subarray(0, leftBytes));
    leftBytes -= part.length;
    if (part.length > 0) yield part;
  }
}

async function* readWhole(file: LogFile, options: LogOptions, signal: AbortSignal): AsyncIterable<Buffer> {
  const formatter = new LogFormatter(options);
  // Watched before it is read, so that nothing written in between is missed.
  const changes = options.follow ? new Changes(file, signal) : undefined;
  let handle = await open(file.path);
  try {
    const { size } = await handle.stat();
    let offset = options.tailLines === undefined ? 0 : await tailOffset(handle, size, options.tailLines);
    for (;;) {
      const ended = changes?.ended ?? true;
      for await (const chunk of chunksFrom(handle, offset)) {
        offset += chunk.length;
        yield formatter.push(chunk);
        if (signal.aborted) return;
      }
      const next = changes && (await rotated(handle, file.path));
      if (next) {
        await file.settle();
        for await (const chunk of chunksFrom(handle, offset)) yield formatter.push(chunk);
        await handle.close();
        handle = next;
        offset = 0;
      } else if (ended) return void (yield formatter.end());
      else await changes?.next();
      if (signal.aborted) return;
    }
  } finally {
    changes?.close();
    await handle.close();
  }
}

async function* chunksFrom(handle: FileHandle, start: number): AsyncIterable<Buffer> {
  for (let offset = start; ; ) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, offset);
    if (bytesRead === 0) return;
    offset += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The new file, if the one that is open was moved away and another has taken its place. */
async function rotated(handle: FileHandle, path: string): Promise<FileHandle | undefined> {
  try {
    const [open_, named] = await Promise.all([handle.stat(), stat(path)]);
    return open_.ino === named.ino ? undefined : await open(path);
  } catch (error) {
    // Moved away, and the new one is not there yet: it will be, or the container ends.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Tells when there may be more to read. */
class Changes {
  ended = false;
  #changed = true;
  #wake: (() => void) | undefined;
  readonly #closers: (() => void)[] = [];

  constructor(file: LogFile, signal: AbortSignal) {
    const name = basename(file.path);
    const watcher = watch(dirname(file.path), (_event, changed) => {
      if (changed === null || changed === name) this.#touch();
    });
    watcher.on('error', () => this.#touch());
    const touch = () => this.#touch();
    signal.addEventListener('abort', touch, { once: true });
    this.#closers.push(
      () => watcher.close(),
      () => signal.removeEventListener('abort', touch),
      file.onEnd(() => {
        this.ended = true;
        this.#touch();
      }),
    );
  }

  /** Resolves when something has changed since the last call. */
  async next(): Promise<void> {
    if (!this.#changed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#changed = false;
  }

  close(): void {
    for (const close of this.#closers) close();
  }

  #touch(): void {
    this.#changed = true;
    this.#wake?.();
  }
}
