import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CliError } from '../errors.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';

/** Runs kubectl against the cluster, as administrator, in place of this program. Resolves with its exit code. */
export function kubectl(stateDir: string, args: readonly string[]): Promise<number> {
  const layout = layoutOf(stateDir);
  requireSettings(layout);
  return passThrough('kubectl', args, { KUBECONFIG: layout.kubeconfig });
}

/** A child that has the terminal: signals from the keyboard reach it by itself, and it decides when to end. */
export function passThrough(
  program: string,
  args: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  const forward = (name: NodeJS.Signals) => child.kill(name);
  const ignore = () => {};
  process.on('SIGINT', ignore);
  process.on('SIGTERM', forward);
  return new Promise<number>((resolve, reject) => {
    child.on('error', (error) =>
      reject(new CliError(`cannot run ${program}: ${error.message}`, undefined, { cause: error })),
    );
    child.on('exit', (code, name) => resolve(code ?? 128 + (name === null ? 0 : constants.signals[name])));
  }).finally(() => {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', forward);
  });
}
