import { ApiError, type Cause } from '../errors/api-error.ts';
import { differenceOf, type FieldSet, isEmptySet, pathsOf } from '../fields/field-set.ts';
import { goQuote } from '../json/quote.ts';
import type { Manager } from './managed-fields.ts';

/** Fields that an apply would take from somebody. */
export interface OwnershipConflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/** The conflicts without the fields that may be taken. */
export function conflictsOutside(
  conflicts: readonly OwnershipConflict[],
  allowed: FieldSet,
): readonly OwnershipConflict[] {
  return conflicts
    .map(({ manager, fields }) => ({ manager, fields: differenceOf(fields, allowed) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** The error of an apply that would have needed force. */
export function applyConflict(conflicts: readonly OwnershipConflict[]): ApiError {
  const causes: Cause[] = [];
  const lines: string[] = [];
  const byManager = conflicts
    .map(({ manager, fields }) => ({ manager: managerText(manager), paths: pathsOf(fields) }))
    .sort((a, b) => (a.manager < b.manager ? -1 : 1));
  for (const { manager, paths } of byManager) {
    lines.push(`conflicts with ${manager}:`);
    for (const field of paths) {
      causes.push({ reason: 'FieldManagerConflict', message: `conflict with ${manager}`, field });
      lines.push(`- ${field}`);
    }
  }
  const [only] = causes;
  const message =
    causes.length === 1 && only !== undefined
      ? `Apply failed with 1 conflict: ${only.message}: ${only.field}`
      : `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
  return new ApiError('Conflict', message, { causes });
}

function managerText({ name, subresource, operation, apiVersion }: Manager): string {
  const text =
    subresource === '' ? goQuote(name) : `${goQuote(name)} with subresource ${goQuote(subresource)}`;
  return operation === 'Update' ? `${text} using ${apiVersion}` : text;
}
