import type { StorageClass } from '@reckon/proto/reckon/api/storage/v1/storage_class.ts';
import type { Cause } from '../../errors/api-error.ts';
import { semanticEqual } from '../../json/equal.ts';
import { qualifiedNameErrors } from '../../names/label.ts';
import { subdomainName } from '../../names/object-name.ts';
import { forbidden, invalidEach, invalidValue, tooLong } from '../causes.ts';
import type { KindRules } from '../types.ts';

const MAX_PARAMETERS = 512;
const MAX_PARAMETERS_BYTES = 256 * 1_024;

export const STORAGE_CLASS: KindRules<StorageClass> = {
  name: subdomainName,
  object: ({ provisioner = '', parameters, allowedTopologies = [] }, causes) => {
    if (provisioner !== '') {
      invalidEach(causes, 'provisioner', provisioner, qualifiedNameErrors(provisioner.toLowerCase()));
    }
    checkParameters(parameters ?? {}, causes);
    for (const [index, { matchLabelExpressions = [] }] of allowedTopologies.entries()) {
      for (const [at, { key = '' }] of matchLabelExpressions.entries()) {
        const path = `allowedTopologies[${index}].matchLabelExpressions[${at}].key`;
        if (key !== '') invalidEach(causes, path, key, qualifiedNameErrors(key));
      }
    }
  },
  update: (after, before, causes) => {
    for (const field of ['parameters', 'provisioner', 'reclaimPolicy'] as const) {
      if (semanticEqual(after[field], before[field])) continue;
      causes.push(forbidden(field, `updates to ${field} are forbidden.`));
    }
  },
};

function checkParameters(parameters: Readonly<Record<string, string>>, causes: Cause[]): void {
  const entries = Object.entries(parameters);
  if (entries.length > MAX_PARAMETERS) causes.push(tooLong('parameters', MAX_PARAMETERS));
  let bytes = 0;
  for (const [key, value] of entries) {
    if (key === '') causes.push(invalidValue('parameters', key, 'field can not be empty.'));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_PARAMETERS_BYTES) causes.push(tooLong('parameters', MAX_PARAMETERS_BYTES));
}
