import { createHash } from 'node:crypto';
import type { ContainerSpec } from './model.ts';

/**
 * A fingerprint of what makes a container another one. Only the image can be changed in a live pod, so nothing else
 * is in it: fields that a newer API server fills with defaults must not restart every container of the cluster
 * (kubelet's rule since 1.31).
 */
export function definitionHash(spec: ContainerSpec): string {
  return createHash('sha256')
    .update(JSON.stringify([spec.name ?? '', spec.image ?? '']))
    .digest('hex')
    .slice(0, 16);
}
