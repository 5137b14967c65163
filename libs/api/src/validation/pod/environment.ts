import type { EnvFromSource, EnvVar } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type {
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '@reckon/proto/reckon/api/core/v1/selector.ts';
import type { Cause } from '../../errors/api-error.ts';
import { configMapKeyErrors, envNameErrors } from '../../names/identifiers.ts';
import { qualifiedNameErrors } from '../../names/label.ts';
import { subdomainName } from '../../names/object-name.ts';
import { invalidEach, invalidValue, notSupported, required } from '../causes.ts';
import type { Frozen } from '../types.ts';

const ENV_FIELDS: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const VOLUME_FIELDS: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const KNOWN_FIELDS: ReadonlySet<string> = new Set([...ENV_FIELDS, ...VOLUME_FIELDS, 'spec.restartPolicy']);
const RESOURCES: readonly string[] = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const SIZE_DIVISORS = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';

export function checkEnv(env: readonly Frozen<EnvVar>[] | undefined, path: string, causes: Cause[]): void {
  for (const [index, variable] of (env ?? []).entries()) {
    if (variable.valueFrom === undefined) continue;
    checkValueFrom(variable, `${path}[${index}].valueFrom`, causes);
  }
}

function checkValueFrom({ value, valueFrom }: Frozen<EnvVar>, path: string, causes: Cause[]): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom ?? {};
  let sources = fileKeyRef === undefined ? 0 : 1;
  if (fieldRef !== undefined) {
    sources++;
    checkFieldRef(fieldRef, ENV_FIELDS, `${path}.fieldRef`, causes);
  }
  if (resourceFieldRef !== undefined) {
    sources++;
    checkResourceFieldRef(resourceFieldRef, false, `${path}.resourceFieldRef`, causes);
  }
  if (configMapKeyRef !== undefined) {
    sources++;
    checkKeyRef(configMapKeyRef, `${path}.configMapKeyRef`, causes);
  }
  if (secretKeyRef !== undefined) {
    sources++;
    checkKeyRef(secretKeyRef, `${path}.secretKeyRef`, causes);
  }
  if (sources === 0) {
    causes.push(
      invalidValue(
        path,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
      ),
    );
  } else if (value !== undefined && value !== '') {
    causes.push(invalidValue(path, '', 'may not be specified when `value` is not empty'));
  } else if (sources > 1) {
    causes.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
  }
}

interface KeyRef {
  readonly name?: string | undefined;
  readonly key?: string | undefined;
}

function checkKeyRef({ name = '', key = '' }: KeyRef, path: string, causes: Cause[]): void {
  invalidEach(causes, `${path}.name`, name, subdomainName(name, false));
  if (key !== '') invalidEach(causes, `${path}.key`, key, configMapKeyErrors(key));
}

/** A field of the pod that one of its containers wants to know. `volume`: as a file rather than in the environment. */
export function checkVolumeFieldRef(
  reference: Frozen<ObjectFieldSelector>,
  path: string,
  causes: Cause[],
): void {
  checkFieldRef(reference, VOLUME_FIELDS, path, causes);
}

function checkFieldRef(
  { fieldPath = '' }: Frozen<ObjectFieldSelector>,
  supported: readonly string[],
  path: string,
  causes: Cause[],
): void {
  if (fieldPath === '') return;
  const subscript = /^(.*)\['(.*)'\]$/.exec(fieldPath);
  const [, field = fieldPath, key = ''] = subscript ?? [];
  if (!KNOWN_FIELDS.has(field)) {
    causes.push(
      invalidValue(
        `${path}.fieldPath`,
        fieldPath,
        `error converting fieldPath: field label not supported: ${fieldPath}`,
      ),
    );
  } else if (subscript === null) {
    if (!supported.includes(field)) causes.push(notSupported(`${path}.fieldPath`, field, supported));
  } else if (field === 'metadata.annotations') {
    invalidEach(causes, path, key.toLowerCase(), qualifiedNameErrors(key.toLowerCase()));
  } else if (field === 'metadata.labels') {
    invalidEach(causes, path, key, qualifiedNameErrors(key));
  } else {
    causes.push(invalidValue(path, field, 'does not support subscript'));
  }
}

export function checkResourceFieldRef(
  { containerName = '', resource = '', divisor = '0' }: Frozen<ResourceFieldSelector>,
  volume: boolean,
  path: string,
  causes: Cause[],
): void {
  if (volume && containerName === '') causes.push(required(`${path}.containerName`));
  else if (resource !== '' && !RESOURCES.includes(resource) && !isHugePages(resource)) {
    causes.push(notSupported(`${path}.resource`, resource, RESOURCES));
  }
  if (divisor === '0') return;
  const kind = resource.slice(resource.indexOf('.') + 1);
  if (kind === 'cpu') {
    if (divisor !== '1' && divisor !== '1m') {
      causes.push(
        invalidValue(
          `${path}.divisor`,
          resource,
          "only divisor's values 1m and 1 are supported with the cpu resource",
        ),
      );
    }
  } else if (!SIZE_DIVISORS.split(', ').includes(divisor)) {
    const name = kind === 'ephemeral-storage' ? 'local ephemeral storage' : kind.split('-', 1)[0];
    causes.push(
      invalidValue(
        `${path}.divisor`,
        resource,
        `only divisor's values ${SIZE_DIVISORS} are supported with the ${name} resource`,
      ),
    );
  }
}

function isHugePages(resource: string): boolean {
  return resource.startsWith('limits.hugepages-') || resource.startsWith('requests.hugepages-');
}

export function checkEnvFrom(
  sources: readonly Frozen<EnvFromSource>[] | undefined,
  path: string,
  causes: Cause[],
): void {
  for (const [index, { prefix = '', configMapRef, secretRef }] of (sources ?? []).entries()) {
    const here = `${path}[${index}]`;
    if (prefix !== '') invalidEach(causes, `${here}.prefix`, prefix, envNameErrors(prefix));
    if (configMapRef !== undefined) checkRefName(configMapRef.name, `${here}.configMapRef.name`, causes);
    if (secretRef !== undefined) checkRefName(secretRef.name, `${here}.secretRef.name`, causes);
    if (configMapRef === undefined && secretRef === undefined) {
      causes.push(invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    } else if (configMapRef !== undefined && secretRef !== undefined) {
      causes.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
    }
  }
}

function checkRefName(name = '', path: string, causes: Cause[]): void {
  if (name === '') causes.push(required(path));
  else invalidEach(causes, path, name, subdomainName(name, true));
}
