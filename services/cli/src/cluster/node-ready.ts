import { RestApi } from '../api/rest.ts';
import type { Surroundings } from '../components/types.ts';
import { CliError } from '../errors.ts';

interface Node {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Node[];
}

const TIMEOUT_MS = 60_000;

/** Resolves once every node of this machine is Ready; fails with what the slowest says of itself. */
export async function waitForNodes(around: Surroundings, names: readonly string[]): Promise<void> {
  const api = new RestApi(around.layout, around.settings);
  const abort = new AbortController();
  const cancel = around.clock.after(TIMEOUT_MS, () => abort.abort());
  const waiting = new Map<string, string>(names.map((name) => [name, 'it has not registered yet']));
  const see = (node: Node) => {
    if (!waiting.has(node.metadata.name)) return;
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') waiting.delete(node.metadata.name);
    else waiting.set(node.metadata.name, ready?.message ?? 'it has not reported yet');
  };
  try {
    const list = await api.get<List>('/api/v1/nodes', abort.signal);
    list.items.forEach(see);
    if (waiting.size === 0) return;
    const path = `/api/v1/nodes?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
    for await (const { type, object } of api.watch<{ type: string; object: Node }>(path, abort.signal)) {
      if (type === 'ADDED' || type === 'MODIFIED') see(object);
      if (waiting.size === 0) return;
    }
    throw new CliError('the API server ended the watch for nodes', 'try again: ./reckon up');
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    const [[name, why] = ['', '']] = waiting;
    throw new CliError(
      `node ${name} is not Ready after ${TIMEOUT_MS / 1_000} s: ${why}`,
      `its log is ${around.layout.log('node-agent')}; ask the API with: ./reckon kubectl describe node ${name}`,
    );
  } finally {
    cancel();
    abort.abort();
  }
}
