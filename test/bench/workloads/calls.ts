/** What is asked of the API server, as its own metrics tell. */
import { get } from '@reckon/cli/supervisor/probe.ts';
import type { TestCluster } from '../../e2e/support/cluster.ts';

/** Requests that were answered so far, by `VERB resource/subresource`; Leases, which beat, are left out. */
export async function callsOf(cluster: TestCluster): Promise<ReadonlyMap<string, number>> {
  const { body } = await get(cluster.layout.healthSocket('apiserver'), '/metrics');
  const calls = new Map<string, number>();
  for (const [, labels = '', count] of body.matchAll(/^apiserver_request_total\{(.*)\} (\d+)$/gm)) {
    const label = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (label('resource') === 'leases') continue;
    const what = [label('resource'), label('subresource')].filter(Boolean).join('/');
    const key = `${label('verb')} ${what}`.trim();
    calls.set(key, (calls.get(key) ?? 0) + Number(count));
  }
  return calls;
}

/** What came in between, most frequent first: `12 PATCH nodes/status`. */
export function callsBetween(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly { readonly what: string; readonly count: number }[] {
  return [...after]
    .map(([what, count]) => ({ what, count: count - (before.get(what) ?? 0) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** Writes of the controllers that changed nothing, as the controllers count them themselves. */
export async function idleWritesOf(cluster: TestCluster): Promise<number> {
  const { body } = await get(cluster.layout.healthSocket('controller-manager'), '/metrics');
  const counts = [...body.matchAll(/^reckon_controller_idle_writes_total\{(.*)\} (\d+)$/gm)];
  for (const [, labels, count] of counts) console.log(`  changed nothing: ${count} writes of ${labels}`);
  return counts.reduce((sum, [, , count]) => sum + Number(count), 0);
}

/** What the controller manager's JavaScript engine says of its memory, for people: MB. */
export async function heapOf(cluster: TestCluster): Promise<string> {
  const { body } = await get(cluster.layout.healthSocket('controller-manager'), '/metrics');
  const megabytes = (name: string) => {
    const [, bytes = '0'] = new RegExp(`^${name} (\\S+)$`, 'm').exec(body) ?? [];
    return (Number(bytes) / 1_024 ** 2).toFixed(0);
  };
  const names = [
    'nodejs_heap_size_used_bytes',
    'nodejs_heap_size_total_bytes',
    'nodejs_external_memory_bytes',
  ];
  const [used, total, external] = names.map(megabytes);
  return `${used} of ${total} MB in use, ${external} MB outside`;
}
