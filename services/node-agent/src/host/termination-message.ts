import { open } from 'node:fs/promises';
import { LogFormatter } from '../server/logs/format.ts';

/** Kubernetes: "Customizing the termination message". */
const MAX_MESSAGE_BYTES = 4_096;
const MAX_LOG_BYTES = 2_048;
const MAX_LOG_LINES = 80;

/** What a container wrote to its termination message file, or else, if asked, the end of its log. */
export async function lastWords(from: {
  readonly file: string;
  readonly logFile: string;
  readonly fallbackToLogs: boolean;
}): Promise<string> {
  const written = await endOf(from.file, MAX_MESSAGE_BYTES);
  if (written || !from.fallbackToLogs) return written;
  const raw = await endOf(from.logFile, 4 * MAX_LOG_BYTES);
  const formatter = new LogFormatter({ timestamps: false, sinceMs: undefined });
  // The first entry is mostly cut in the middle.
  const whole = raw.slice(raw.length < 4 * MAX_LOG_BYTES ? 0 : raw.indexOf('\n') + 1);
  const lines = formatter
    .push(Buffer.from(whole))
    .toString()
    .split(/(?<=\n)/);
  return lines.slice(-MAX_LOG_LINES).join('').slice(-MAX_LOG_BYTES);
}

async function endOf(path: string, maxBytes: number): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(Math.min(size, maxBytes));
      await file.read(buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString();
    } finally {
      await file.close();
    }
  } catch (error) {
    // A container that never started has no such file.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
