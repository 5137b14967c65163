/**
 * `reckon fork`: the cluster as of a moment once more, on nodes that only pretend, to see what would happen. It starts
 * from the log and never touches the cluster that it comes from.
 */
import { ApiError, type Revision } from '@reckon/api';
import { type GrpcApi, NODES } from '@reckon/client';
import { connect } from '../api/connect.ts';
import { hollowNodeNames } from '../components/services.ts';
import { replay } from './replay.ts';
import { up } from './up.ts';

export interface ForkOptions {
  /** WHEN. */
  readonly at: string;
  /** Absolute: the state directory of the fork. */
  readonly into: string;
  /** Nodes that pretend to run what real ones ran. */
  readonly hollow: number;
}

/** What `-o json` prints. */
export interface Fork {
  readonly stateDir: string;
  /** Of the log that it comes from: up to here the two have one past. */
  readonly revision: Revision;
  readonly nodes: readonly string[];
  /** Nodes of then that are not in the fork; their pods are made anew on others. */
  readonly nodesLeftOut: readonly string[];
}

export async function fork(stateDir: string, { at, into, hollow }: ForkOptions): Promise<Fork> {
  const { rev } = await replay(stateDir, { to: at, into });
  await up(into, { nodes: 0, hollow });
  const nodes = hollowNodeNames(hollow);
  const api = connect(into);
  try {
    const nodesLeftOut = await leaveOut(api, new Set(nodes));
    return { stateDir: into, revision: rev, nodes, nodesLeftOut };
  } finally {
    api.close();
  }
}

/** Nobody stands behind the other nodes any more: what was bound to them is to run elsewhere at once. */
async function leaveOut(api: GrpcApi, present: ReadonlySet<string>): Promise<readonly string[]> {
  const { items } = await api.list(NODES);
  const gone = items.map(({ metadata }) => metadata.name).filter((name) => !present.has(name));
  for (const name of gone) await deleted(api, name);
  return gone;
}

async function deleted(api: GrpcApi, name: string): Promise<void> {
  try {
    await api.delete(NODES, { namespace: '', name });
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
  }
}

export function forkText({ stateDir, revision, nodes, nodesLeftOut }: Fork): string {
  const count = nodes.length === 1 ? 'one hollow node' : `${nodes.length} hollow nodes`;
  const lines = [`a fork of revision ${revision} runs in ${stateDir}, on ${count}`];
  if (nodesLeftOut.length > 0) lines.push(`  left out    ${nodesLeftOut.join(', ')}: their pods move`);
  return [
    ...lines,
    `  look        ./reckon --state ${stateDir} kubectl get pods -A`,
    `  end it      ./reckon down --purge --state ${stateDir}`,
  ].join('\n');
}
