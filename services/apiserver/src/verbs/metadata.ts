import { rfc3339 } from '@reckon/api';
import type { Env } from './env.ts';
import type { KubeObject } from './types.ts';

/** What every object gets at its creation; whatever the client says of these is not heard. */
export function withSystemMetadata(env: Env, object: KubeObject, nowMs: number): KubeObject {
  const { name, generateName, namespace } = object.metadata;
  const metadata: Record<string, unknown> = {
    ...(name !== undefined && { name }),
    ...(generateName !== undefined && { generateName }),
    ...(namespace !== undefined && { namespace }),
    uid: env.random.uuid(),
    creationTimestamp: rfc3339(nowMs),
  };
  for (const [field, value] of Object.entries(object.metadata)) {
    if (!SYSTEM_FIELDS.has(field)) metadata[field] = value;
  }
  return { ...object, metadata };
}

const SYSTEM_FIELDS = new Set<string>([
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
]);
