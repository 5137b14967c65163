import { styleText } from 'node:util';
import { systemClock } from '@reckon/service';
import type { Progress } from '../components/types.ts';

/** Lines on stderr, so that stdout stays for results. */
export class LineProgress implements Progress {
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const startedMs = systemClock.monotonicMs();
    const result = await work();
    this.done(title, systemClock.monotonicMs() - startedMs);
    return result;
  }

  done(title: string, elapsedMs: number): void {
    write(`${styleText('green', '✓', { stream: process.stderr })} ${title} ${dim(duration(elapsedMs))}`);
  }

  note(text: string): void {
    write(`  ${text}`);
  }

  warn(text: string): void {
    write(`${styleText('yellow', '!', { stream: process.stderr })} ${text}`);
  }
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}

function dim(text: string): string {
  return styleText('dim', text, { stream: process.stderr });
}

function write(line: string): void {
  process.stderr.write(`${line}\n`);
}
