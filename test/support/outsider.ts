/** A program of somebody who has the published client, and neither our repository nor our tools. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { buildTarball, type Tarball } from '@reckon/sdk/pack/tarball.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const TIMEOUT_MS = 120_000;
const OLDEST_NODE = 20;

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Outsider {
  readonly directory: string;
  readonly tarball: Tarball;
  readonly #node: string;

  private constructor(parts: {
    readonly directory: string;
    readonly tarball: Tarball;
    readonly node: string;
  }) {
    this.directory = parts.directory;
    this.tarball = parts.tarball;
    this.#node = parts.node;
  }

  /** Packs the client and installs it with npm into an empty directory. Throws what npm says if it cannot. */
  static async install(): Promise<Outsider> {
    const directory = mkdtempSync(join(tmpdir(), 'reckon-outsider-'));
    try {
      const tarball = await buildTarball(directory);
      writeFileSync(join(directory, 'package.json'), '{ "private": true, "type": "module" }');
      const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
      await run('npm', ['install', ...quiet, tarball.path], { cwd: directory, timeout: TIMEOUT_MS });
      return new Outsider({ directory, tarball, node: await oldestNode() });
    } catch (error) {
      rmSync(directory, { recursive: true });
      throw error;
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }

  /** Type-checks programs against the published declarations, those of its dependencies too, and emits JavaScript. */
  async compile(...files: readonly string[]): Promise<void> {
    for (const file of files) cpSync(file, join(this.directory, nameOf(file)));
    const compilerOptions = {
      ...{ target: 'es2023', module: 'nodenext', types: ['node'] },
      ...{ strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
    };
    const config = { compilerOptions, files: files.map(nameOf) };
    writeFileSync(join(this.directory, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const said = await this.#run(tsc, ['-p', '.', '--pretty', 'false']);
    if (said.code !== 0) throw new Error(`the program does not compile:\n${said.stdout}`);
  }

  /** Runs JavaScript with a plain `node`: the machine's, if it has one of its own. */
  node(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
    return this.#run(this.#node, args, env);
  }

  async #run(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Said> {
    // A test runner tells its children that they are tests: this is none of them.
    const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...inherited } = process.env;
    const options = { cwd: this.directory, timeout: TIMEOUT_MS, env: { ...inherited, ...env } };
    try {
      return { code: 0, ...(await run(program, args, options)) };
    } catch (error) {
      if (!(error instanceof Error && 'stdout' in error && 'stderr' in error)) throw error;
      const code = 'code' in error && typeof error.code === 'number' ? error.code : -1;
      return { code, stdout: String(error.stdout), stderr: String(error.stderr) };
    }
  }
}

/** Of those in PATH that can run the client, else the one that runs the tests. */
async function oldestNode(): Promise<string> {
  let oldest = { path: process.execPath, major: Number.POSITIVE_INFINITY };
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, 'node');
    const version = await run(path, ['--version']).then(
      ({ stdout }) => stdout,
      () => '',
    );
    const major = Number(/^v(\d+)\./.exec(version)?.[1]);
    if (major >= OLDEST_NODE && major < oldest.major) oldest = { path, major };
  }
  return oldest.path;
}

/** `deploy.ts`, of a path. */
function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
