import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@reckon/service';
import { parse, stringify } from 'yaml';
import { connect } from '../api/connect.ts';
import { CliError } from '../errors.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';
import { resolveWhen } from '../when/resolve-when.ts';
import { passThrough } from './kubectl.ts';

/** Runs a reading kubectl command on the cluster as it was. Resolves with its exit code. */
export async function at(stateDir: string, when: string, args: readonly string[]): Promise<number> {
  const layout = layoutOf(stateDir);
  requireSettings(layout);
  if (args.length === 0)
    throw new CliError('what is to be read?', 'as in: ./reckon at "10 minutes ago" -- get pods -o wide');
  const { revision, at: time } = await moment(stateDir, when);
  process.stderr.write(`the cluster as of revision ${revision}, ${time}\n`);
  const directory = mkdtempSync(join(tmpdir(), 'reckon-at-'));
  try {
    const kubeconfig = join(directory, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigAt(readFileSync(layout.kubeconfig, 'utf8'), revision), {
      mode: 0o600,
    });
    // kubectl keeps what it discovers by server URL: each revision is another one.
    return await passThrough('kubectl', args, {
      KUBECONFIG: kubeconfig,
      KUBECACHEDIR: join(directory, 'cache'),
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function moment(stateDir: string, when: string) {
  const api = connect(stateDir);
  try {
    return await resolveWhen(api, when, systemClock);
  } finally {
    api.close();
  }
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
}

/** The same kubeconfig with every server's API as of a revision. */
export function kubeconfigAt(yaml: string, revision: number): string {
  const config: Kubeconfig = parse(yaml);
  const clusters = config.clusters.map((one) => ({
    ...one,
    cluster: { ...one.cluster, server: `${one.cluster.server}/at/${revision}` },
  }));
  return stringify({ ...config, clusters }, { lineWidth: 0 });
}
