import type { Namespace } from '@reckon/proto/reckon/api/core/v1/namespace.ts';
import type { Cause } from '../errors/api-error.ts';
import { qualifiedNameErrors } from '../names/label.ts';
import { labelName } from '../names/object-name.ts';
import { invalidEach, invalidValue } from './causes.ts';
import { checkFinalizerName } from './finalizer-name.ts';
import type { Frozen, KindRules } from './types.ts';

export const NAMESPACE: KindRules<Namespace> = {
  name: labelName,
  object: checkFinalizers,
  finalize: (after, _before, causes) => checkFinalizers(after, causes),
  status: ({ metadata, status }, _before, causes) => {
    const deleted = metadata?.deletionTimestamp !== undefined;
    const phase = deleted ? 'Terminating' : 'Active';
    if (status?.phase === phase) return;
    causes.push(
      invalidValue(
        'status.Phase',
        status?.phase ?? '',
        `may only be '${phase}' if \`deletionTimestamp\` is ${deleted ? 'not ' : ''}empty`,
      ),
    );
  },
};

function checkFinalizers({ spec }: Frozen<Namespace>, causes: Cause[]): void {
  for (const [index, finalizer] of (spec?.finalizers ?? []).entries()) {
    const here = `spec.finalizers[${index}]`;
    invalidEach(causes, here, finalizer, qualifiedNameErrors(finalizer));
    checkFinalizerName(finalizer, here, causes);
  }
}
