import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ApiError } from '@reckon/api';

/** Mounting needs root and util-linux; Node has no call for it. */
export async function mount(args: readonly string[]): Promise<void> {
  await run('mount', args);
}

export async function unmount(path: string): Promise<void> {
  await run('umount', ['--lazy', '--no-mtab', path]);
}

/** What is mounted at or below a directory, the innermost first. */
export async function mountsBelow(dir: string): Promise<readonly string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const points = table.split('\n').flatMap((line) => {
    const point = line.split(' ')[4];
    return point === undefined ? [] : [unescapeOctal(point)];
  });
  return points.filter((point) => point === dir || point.startsWith(`${dir}/`)).reverse();
}

/** The kernel writes blanks and backslashes in octal. */
function unescapeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

async function run(program: string, args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(program, [...args]);
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new ApiError('InternalError', stderr || String(error), {}, { cause: error });
  }
}
