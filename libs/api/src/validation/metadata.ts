/** ObjectMeta: names, labels, annotations, owners, finalizers, and what cannot change (k8s.io/apimachinery/pkg/api/validation). */
import type { Cause } from '../errors/api-error.ts';
import { FINALIZER_FOREGROUND, FINALIZER_ORPHAN, splitApiVersion } from '../meta/names.ts';
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../meta/types.ts';
import { qualifiedNameErrors } from '../names/label.ts';
import { labelName, type NameCheck } from '../names/object-name.ts';
import {
  forbidden,
  goStrings,
  immutable,
  invalidEach,
  invalidValue,
  nonNegative,
  required,
  tooLong,
} from './causes.ts';
import { checkFinalizerName } from './finalizer-name.ts';
import { checkAnnotations, checkLabels } from './labels.ts';

const MAX_MANAGER_LENGTH = 128;
const MAX_SUBRESOURCE_LENGTH = 256;

export interface MetadataRules {
  readonly namespaced: boolean;
  readonly name: NameCheck;
}

/** At creation, after a name has been made from `generateName`. */
export function checkMetadata(metadata: ObjectMeta, rules: MetadataRules, causes: Cause[]): void {
  const { name = '', generateName = '', namespace = '' } = metadata;
  if (generateName !== '') {
    invalidEach(causes, 'metadata.generateName', generateName, rules.name(generateName, true));
  }
  if (name === '') causes.push(required('metadata.name', 'name or generateName is required'));
  else invalidEach(causes, 'metadata.name', name, rules.name(name, false));
  if (!rules.namespaced) {
    if (namespace !== '') causes.push(forbidden('metadata.namespace', 'not allowed on this type'));
  } else if (namespace === '') causes.push(required('metadata.namespace'));
  else invalidEach(causes, 'metadata.namespace', namespace, labelName(namespace, false));
  nonNegative(causes, 'metadata.generation', metadata.generation);
  checkParts(metadata, causes);
  checkFinalizers(metadata.finalizers ?? [], causes);
}

/** At every update, of whatever subresource. */
export function checkMetadataUpdate(after: ObjectMeta, before: ObjectMeta, causes: Cause[]): void {
  const finalizers = after.finalizers ?? [];
  if (before.deletionTimestamp !== undefined) {
    const added = finalizers.filter((finalizer) => !before.finalizers?.includes(finalizer));
    if (added.length > 0) {
      causes.push(
        forbidden(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers ${goStrings([...new Set(added)].sort())}`,
        ),
      );
    }
  }
  if ((after.generation ?? 0) < (before.generation ?? 0)) {
    causes.push(invalidValue('metadata.generation', after.generation ?? 0, 'must not be decremented'));
  }
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ]) {
    if (after[field] !== before[field]) immutable(causes, `metadata.${field}`, before[field], after[field]);
  }
  checkParts(after, causes, before);
  if (after.finalizers !== before.finalizers) checkFinalizers(finalizers, causes);
}

/** Labels, annotations, owners and managers. Parts that are still the same value as before are not looked at again. */
function checkParts(metadata: ObjectMeta, causes: Cause[], before?: ObjectMeta): void {
  if (metadata.labels !== before?.labels) checkLabels(metadata.labels, 'metadata.labels', causes);
  if (metadata.annotations !== before?.annotations) {
    checkAnnotations(metadata.annotations, 'metadata.annotations', causes);
  }
  if (metadata.ownerReferences !== before?.ownerReferences) {
    checkOwners(metadata.ownerReferences ?? [], 'metadata.ownerReferences', causes);
  }
  if (metadata.managedFields !== before?.managedFields) {
    checkManagedFields(metadata.managedFields ?? [], 'metadata.managedFields', causes);
  }
}

function checkFinalizers(finalizers: readonly string[], causes: Cause[]): void {
  for (const [index, finalizer] of finalizers.entries()) {
    invalidEach(causes, 'metadata.finalizers', finalizer, qualifiedNameErrors(finalizer));
    checkFinalizerName(finalizer, `metadata.finalizers[${index}]`, causes);
  }
  if (finalizers.includes(FINALIZER_ORPHAN) && finalizers.includes(FINALIZER_FOREGROUND)) {
    causes.push(
      invalidValue(
        'metadata.finalizers',
        finalizers,
        `finalizer ${FINALIZER_ORPHAN} and ${FINALIZER_FOREGROUND} cannot be both set`,
      ),
    );
  }
}

function checkOwners(owners: readonly OwnerReference[], path: string, causes: Cause[]): void {
  let controller: string | undefined;
  for (const owner of owners) {
    const { apiVersion = '', kind = '', name = '', uid = '' } = owner;
    if (splitApiVersion(apiVersion).version === '') {
      causes.push(invalidValue(`${path}.apiVersion`, apiVersion, 'version must not be empty'));
    }
    if (kind === '') causes.push(invalidValue(`${path}.kind`, kind, 'kind must not be empty'));
    if (name === '') causes.push(invalidValue(`${path}.name`, name, 'name must not be empty'));
    if (uid === '') causes.push(invalidValue(`${path}.uid`, uid, 'uid must not be empty'));
    if (apiVersion === 'v1' && kind === 'Event') {
      causes.push(invalidValue(path, owner, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (owner.controller !== true) continue;
    const current = `${kind}/${name}`;
    if (controller !== undefined) {
      causes.push(
        invalidValue(
          path,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`,
        ),
      );
    }
    controller ??= current;
  }
}

function checkManagedFields(entries: readonly ManagedFieldsEntry[], path: string, causes: Cause[]): void {
  for (const [index, entry] of entries.entries()) {
    const here = `${path}[${index}]`;
    const { operation = '', fieldsType = '', manager = '', subresource = '' } = entry;
    if (operation !== 'Apply' && operation !== 'Update') {
      causes.push(invalidValue(`${here}.operation`, operation, 'must be `Apply` or `Update`'));
    }
    if (fieldsType !== '' && fieldsType !== 'FieldsV1') {
      causes.push(invalidValue(`${here}.fieldsType`, fieldsType, 'must be `FieldsV1`'));
    }
    if (manager.length > MAX_MANAGER_LENGTH) causes.push(tooLong(`${here}.manager`, MAX_MANAGER_LENGTH));
    if (subresource.length > MAX_SUBRESOURCE_LENGTH) {
      causes.push(tooLong(`${here}.subresource`, MAX_SUBRESOURCE_LENGTH));
    }
  }
}
