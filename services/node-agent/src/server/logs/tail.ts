import type { FileHandle } from 'node:fs/promises';
import { endsLine } from './format.ts';

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 10;

/** Where the last `lines` whole lines begin: reads backwards only as far as needed. */
export async function tailOffset(file: FileHandle, sizeBytes: number, lines: number): Promise<number> {
  if (lines === 0) return sizeBytes;
  let tail: Buffer = Buffer.alloc(0);
  let offset = sizeBytes;
  while (offset > 0) {
    const length = Math.min(BLOCK_BYTES, offset);
    offset -= length;
    const block = Buffer.alloc(length);
    const { bytesRead } = await file.read(block, 0, length, offset);
    tail = Buffer.concat([block.subarray(0, bytesRead), tail]);
    const start = startOfLast(tail, lines, offset === 0);
    if (start !== undefined) return offset + start;
  }
  return 0;
}

/** In `data`: where the last `lines` lines begin; undefined if more of the file is needed to tell. */
function startOfLast(data: Buffer, lines: number, fromStart: boolean): number | undefined {
  const starts: number[] = fromStart ? [0] : [];
  for (let at = data.indexOf(NEWLINE); at >= 0 && at + 1 < data.length; at = data.indexOf(NEWLINE, at + 1)) {
    starts.push(at + 1);
  }
  let count = 0;
  for (let i = starts.length - 1; i >= 0; i--) {
    const start = starts[i] ?? 0;
    if (!endsLine(data, start)) continue;
    count++;
    if (count > lines) return starts[i + 1];
  }
  return fromStart ? 0 : undefined;
}
