import type { Schema } from '@reckon/api';
import type { WatchCache } from '../cache/watch-cache.ts';

/** How many objects there are of each kind, under the name of Kubernetes' metric; those of which there are none are left out. */
export function storageMetrics(schema: Schema, cache: Pick<WatchCache, 'resource'>): string {
  const name = 'apiserver_storage_objects';
  const kinds = new Set(schema.resources.map(({ groupResource }) => groupResource));
  const lines = [...kinds].sort().flatMap((resource) => {
    const { size } = cache.resource(resource);
    return size > 0 ? [`${name}{resource="${resource}"} ${size}`] : [];
  });
  return [`# HELP ${name} Objects by kind.`, `# TYPE ${name} gauge`, ...lines, ''].join('\n');
}
