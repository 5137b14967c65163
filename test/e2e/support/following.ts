import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const LINE_TIMEOUT_MS = 60_000;

/** A program that prints what comes until it is interrupted, as `log -f` does. */
export class Following {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #lines: string[] = [];
  #added: () => void = () => undefined;

  constructor(program: string, args: readonly string[]) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#lines.push(line);
      this.#added();
    });
  }

  /** Resolves with the first line that matches, once there is one. */
  async line(pattern: RegExp): Promise<string> {
    const signal = AbortSignal.timeout(LINE_TIMEOUT_MS);
    for (;;) {
      const found = this.#lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        this.#added = resolve;
        signal.addEventListener('abort', () =>
          reject(new Error(`no line like ${pattern} among\n${this.#lines.join('\n')}`)),
        );
      });
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#ended;
  }
}
