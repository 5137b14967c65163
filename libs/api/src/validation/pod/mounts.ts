import type { Container, VolumeMount } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Cause } from '../../errors/api-error.ts';
import { forbidden, invalidValue, notFoundValue } from '../causes.ts';
import type { Frozen } from '../types.ts';
import { checkDescendingPath } from './paths.ts';

/** Every mount names a volume of the pod, at a place of its own. */
export function checkMounts(
  container: Frozen<Container>,
  volumes: ReadonlySet<string>,
  path: string,
  causes: Cause[],
): void {
  const places = new Set<string>();
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const here = `${path}[${index}]`;
    const { name = '', mountPath = '' } = mount;
    if (!volumes.has(name)) causes.push(notFoundValue(`${here}.name`, name));
    if (mountPath !== '' && places.has(mountPath)) {
      causes.push(invalidValue(`${here}.mountPath`, mountPath, 'must be unique'));
    }
    places.add(mountPath);
    checkSubPath(mount, here, path, causes);
    if (mount.mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
      causes.push(
        forbidden(
          `${path}.mountPropagation`,
          'Bidirectional mount propagation is available only to privileged containers',
        ),
      );
    }
  }
}

function checkSubPath(mount: Frozen<VolumeMount>, here: string, path: string, causes: Cause[]): void {
  const { subPath = '', subPathExpr = '' } = mount;
  if (subPath !== '') checkDescendingPath(subPath, `${path}.subPath`, causes);
  if (subPathExpr === '') return;
  if (subPath !== '') {
    causes.push(
      invalidValue(`${here}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'),
    );
  }
  checkDescendingPath(subPathExpr, `${path}.subPathExpr`, causes);
}
