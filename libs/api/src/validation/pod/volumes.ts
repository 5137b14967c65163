import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  Volume,
  VolumeProjection,
} from '@reckon/proto/reckon/api/core/v1/volume.ts';
import type { Cause } from '../../errors/api-error.ts';
import { tryParseQuantity } from '../../quantity/quantity.ts';
import { forbidden, invalidValue, required } from '../causes.ts';
import type { Frozen } from '../types.ts';
import { checkResourceFieldRef, checkVolumeFieldRef } from './environment.ts';
import { checkFilePath, checkNoBacksteps } from './paths.ts';

const TOO_MANY_TYPES = 'may not specify more than 1 volume type';

export function checkVolumes(
  volumes: readonly Frozen<Volume>[] | undefined,
  path: string,
  causes: Cause[],
): void {
  for (const [index, volume] of (volumes ?? []).entries()) checkVolume(volume, `${path}[${index}]`, causes);
}

/** Exactly one source; the fields of those that there is more to say about than the schema does. */
function checkVolume(volume: Frozen<Volume>, path: string, causes: Cause[]): void {
  if (!checkOneType(volume, path, causes)) causes.push(required(path, 'must specify a volume type'));
  const { emptyDir, hostPath, secret, configMap, downwardAPI, projected } = volume;
  if (emptyDir?.sizeLimit !== undefined && isNegative(emptyDir.sizeLimit)) {
    causes.push(forbidden(`${path}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
  }
  if (hostPath?.path) checkNoBacksteps(hostPath.path, `${path}.hostPath.path`, causes);
  if (secret !== undefined) {
    if (!secret.secretName) causes.push(required(`${path}.secret.secretName`));
    checkItems(secret.items, `${path}.secret`, causes);
  }
  if (configMap !== undefined) {
    if (!configMap.name) causes.push(required(`${path}.configMap.name`));
    checkItems(configMap.items, `${path}.configMap`, causes);
  }
  if (downwardAPI !== undefined) checkDownwardFiles(downwardAPI.items, `${path}.downwardAPI`, causes);
  if (projected !== undefined) checkProjected(projected, `${path}.projected`, causes);
}

/** False if there is none at all. */
function checkOneType(
  typed: Frozen<Volume> | Frozen<VolumeProjection>,
  path: string,
  causes: Cause[],
): boolean {
  let found = false;
  for (const [type, source] of Object.entries(typed)) {
    if (type === 'name' || source === undefined) continue;
    if (found) causes.push(forbidden(`${path}.${type}`, TOO_MANY_TYPES));
    found = true;
  }
  return found;
}

function isNegative(quantity: string): boolean {
  const parsed = tryParseQuantity(quantity);
  return typeof parsed !== 'string' && parsed.nano < 0n;
}

function checkItems(items: readonly Frozen<KeyToPath>[] | undefined, path: string, causes: Cause[]): void {
  for (const [index, item] of (items ?? []).entries()) {
    if (item.path) checkFilePath(item.path, `${path}.items[${index}].path`, causes);
  }
}

function checkDownwardFiles(
  files: readonly Frozen<DownwardAPIVolumeFile>[] | undefined,
  path: string,
  causes: Cause[],
): void {
  for (const [index, file] of (files ?? []).entries()) {
    const here = `${path}.items[${index}]`;
    if (file.path) checkFilePath(file.path, `${here}.path`, causes);
    if (file.fieldRef !== undefined) {
      checkVolumeFieldRef(file.fieldRef, `${here}.fieldRef`, causes);
      if (file.resourceFieldRef !== undefined) {
        causes.push(
          invalidValue(here, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
        );
      }
    } else if (file.resourceFieldRef !== undefined) {
      checkResourceFieldRef(file.resourceFieldRef, true, `${here}.resourceFieldRef`, causes);
    } else {
      causes.push(required(here, 'one of fieldRef and resourceFieldRef is required'));
    }
  }
}

function checkProjected({ sources }: Frozen<ProjectedVolumeSource>, path: string, causes: Cause[]): void {
  const taken = new Set<string>();
  for (const [index, source] of (sources ?? []).entries()) {
    checkProjection(source, `${path}.sources[${index}]`, taken, causes);
  }
}

/** All sources of a projected volume are one directory: no two may claim a path. */
function checkProjection(
  source: Frozen<VolumeProjection>,
  path: string,
  taken: Set<string>,
  causes: Cause[],
): void {
  const claim = (file: string | undefined, field: string, value: unknown): void => {
    if (!file) return;
    if (taken.has(file)) causes.push(invalidValue(field, value, 'conflicting duplicate paths'));
    taken.add(file);
  };
  checkOneType(source, path, causes);

  for (const type of ['secret', 'configMap'] as const) {
    const part = source[type];
    if (part === undefined) continue;
    const here = `${path}.${type}`;
    if (!part.name) causes.push(required(`${here}.name`));
    checkItems(part.items, here, causes);
    for (const item of part.items ?? []) claim(item.path, here, part.name ?? '');
  }
  if (source.downwardAPI !== undefined) {
    checkDownwardFiles(source.downwardAPI.items, `${path}.downwardAPI`, causes);
    for (const item of source.downwardAPI.items ?? []) claim(item.path, `${path}.downwardAPI`, item.path);
  }
  if (source.serviceAccountToken?.path) {
    const { path: file } = source.serviceAccountToken;
    checkFilePath(file, `${path}.serviceAccountToken.path`, causes);
    claim(file, `${path}.serviceAccountToken`, file);
  }
}
