import { rfc3339 } from '@reckon/api';
import type { Env } from './env.ts';
import type { KubeMetadata, KubeObject } from './types.ts';

/** What every object gets at its creation; whatever the client says of these is not heard. */
export function withSystemMetadata(env: Env, object: KubeObject, nowMs: number): KubeObject {
  const {
    name,
    generateName,
    namespace,
    uid: _uid,
    resourceVersion: _resourceVersion,
    generation: _generation,
    creationTimestamp: _creationTimestamp,
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _deletionGracePeriodSeconds,
    selfLink: _selfLink,
    ...rest
  } = object.metadata;
  const metadata: KubeMetadata = {
    ...(name !== undefined && { name }),
    ...(generateName !== undefined && { generateName }),
    ...(namespace !== undefined && { namespace }),
    uid: env.random.uuid(),
    creationTimestamp: rfc3339(nowMs),
    ...rest,
  };
  return { ...object, metadata };
}
