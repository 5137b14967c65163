/** kubectl as people have it: the one on the PATH, and others that `RECKON_KUBECTLS` names (separated by colons). */
import { spawn, spawnSync } from 'node:child_process';

export interface KubectlResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Kubectl {
  readonly version: string;
  /** Arguments as on the command line, separated by blanks; what holds blanks itself goes into `more`. */
  run(line: string, more?: KubectlMore): Promise<KubectlResult>;
}

export interface KubectlMore {
  readonly input?: string;
  readonly arguments?: readonly string[];
}

/** Every kubectl that is there; they are pointed at `kubeconfig` and keep their caches in `directory`. */
export function kubectls(kubeconfig: string, directory: string): readonly Kubectl[] {
  const binaries = [
    'kubectl',
    ...(process.env.RECKON_KUBECTLS ?? '').split(':').filter((path) => path !== ''),
  ];
  return binaries.flatMap((binary) => {
    const asked = spawnSync(binary, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
    if (asked.status !== 0) return [];
    const version = /"gitVersion": "([^"]+)"/.exec(asked.stdout)?.[1] ?? 'unknown';
    const env = {
      ...process.env,
      KUBECONFIG: kubeconfig,
      HOME: directory,
      KUBECACHEDIR: `${directory}/${version}`,
    };
    const run = (line: string, more: KubectlMore = {}) =>
      new Promise<KubectlResult>((resolve, reject) => {
        const words = [...line.split(' '), ...(more.arguments ?? [])];
        const child = spawn(binary, words, { env, cwd: directory, stdio: 'pipe' });
        let out = '';
        let err = '';
        child.stdout.on('data', (chunk) => {
          out += chunk;
        });
        child.stderr.on('data', (chunk) => {
          err += chunk;
        });
        child.on('error', reject);
        child.on('close', (code) => resolve({ code: code ?? -1, out, err }));
        child.stdin.end(more.input ?? '');
      });
    return [{ version, run }];
  });
}
