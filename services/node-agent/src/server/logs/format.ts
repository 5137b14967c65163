/**
 * The CRI log format (KEP-2411, "CRI container log format"): one line for each write of at most 16 KiB,
 *
 *   2026-01-02T15:04:05.123456789Z stdout F text
 *
 * where `P` instead of `F` says that the line goes on in the next entry of the same stream.
 */
const NEWLINE = 10;
const SPACE = 32;
const PARTIAL = 80;
/** So much of one output waits at most for the end of a line of the other. */
const HELD_MAX_BYTES = 1024 * 1024;

export interface LineFilter {
  readonly timestamps: boolean;
  readonly sinceMs: number | undefined;
}

/**
 * Turns the bytes of a log file into what people see. Feed it chunks as they come. Lines stay whole: what one output
 * wrote while the runtime was writing down a long line of the other comes after that line.
 */
export class LogFormatter {
  readonly #filter: LineFilter;
  #rest: Buffer = Buffer.alloc(0);
  /** Whether the next entry continues a line that was begun (by stream), so that it gets no second timestamp. */
  readonly #open = new Map<number, boolean>();
  /** The stream whose line has been begun and not ended, and what others wrote meanwhile. */
  #line: number | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(filter: LineFilter) {
    this.#filter = filter;
  }

  push(chunk: Buffer): Buffer {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const parts: Buffer[] = [];
    let start = 0;
    for (let end = data.indexOf(NEWLINE, start); end >= 0; end = data.indexOf(NEWLINE, start)) {
      this.#entry(data.subarray(start, end + 1), parts);
      start = end + 1;
    }
    // A copy: the caller's chunk may be used again.
    this.#rest = Buffer.from(data.subarray(start));
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  /** What was held for the end of a line that never came. */
  end(): Buffer {
    const parts: Buffer[] = [];
    while (this.#held.length > 0) this.#release(parts);
    return Buffer.concat(parts);
  }

  /** One entry with its newline. An entry that is not in the format is shown as it is. */
  #entry(entry: Buffer, parts: Buffer[]): void {
    const afterTime = entry.indexOf(SPACE);
    const afterStream = entry.indexOf(SPACE, afterTime + 1);
    const afterTag = entry.indexOf(SPACE, afterStream + 1);
    if (afterTime < 0 || afterStream < 0 || afterTag < 0) return void parts.push(entry);
    const { timestamps, sinceMs } = this.#filter;
    if (sinceMs !== undefined && Date.parse(entry.toString('latin1', 0, afterTime)) < sinceMs) return;
    const stream = entry[afterTime + 4] ?? 0;
    if (this.#line !== undefined && this.#line !== stream) return void this.#hold(entry, parts);
    const partial = entry[afterStream + 1] === PARTIAL;
    if (timestamps && !this.#open.get(stream)) parts.push(entry.subarray(0, afterTime + 1));
    this.#open.set(stream, partial);
    parts.push(entry.subarray(afterTag + 1, partial ? entry.length - 1 : entry.length));
    this.#line = partial ? stream : undefined;
    if (!partial && this.#held.length > 0) this.#release(parts);
  }

  #hold(entry: Buffer, parts: Buffer[]): void {
    // A copy: the caller's chunk may be used again.
    this.#held.push(Buffer.from(entry));
    this.#heldBytes += entry.length;
    if (this.#heldBytes > HELD_MAX_BYTES) this.#release(parts);
  }

  #release(parts: Buffer[]): void {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    this.#line = undefined;
    for (const entry of held) this.#entry(entry, parts);
  }
}

/** True if the entry that ends with the newline at `end` ends a line (is not partial). `start`: of the entry. */
export function endsLine(data: Buffer, start: number): boolean {
  const afterTime = data.indexOf(SPACE, start);
  const afterStream = data.indexOf(SPACE, afterTime + 1);
  return afterTime < 0 || afterStream < 0 || data[afterStream + 1] !== PARTIAL;
}
