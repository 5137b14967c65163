import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const OWN = 'the one in the PATH';
export const DISTRIBUTIONS = "the distribution's";

/** Unmodified kubectls by what they are called in test names. */
export class Kubectls {
  readonly #dir = mkdtempSync(join(tmpdir(), 'reckon-kubectl-'));
  #distributions: string | undefined;

  /** Unpacks the distribution's (1.20), without installing it; it stays away where its packages cannot be reached. */
  async bring(): Promise<void> {
    try {
      await run('apt-get', ['download', 'kubernetes-client'], { cwd: this.#dir });
    } catch {
      return;
    }
    const [file = ''] = readdirSync(this.#dir).filter((name) => name.endsWith('.deb'));
    await run('dpkg', ['-x', file, '.'], { cwd: this.#dir });
    this.#distributions = join(this.#dir, 'usr', 'bin', 'kubectl');
  }

  /** Undefined: it cannot be had here. */
  program(who: string): string | undefined {
    return who === OWN ? 'kubectl' : this.#distributions;
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true });
  }
}
