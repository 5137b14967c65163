/** When an Indexed Job has succeeded before all its indexes have (KEP-3998). */
import type { StoredJob } from '../resources.ts';
import { countCommon, countIndexesOf, type IndexSet, parseIndexes } from './index-set.ts';
import type { End } from './types.ts';

export function successByPolicy(job: StoredJob, completed: IndexSet): End | undefined {
  const limit = job.spec?.completions ?? 0;
  const rules = job.spec?.successPolicy?.rules ?? [];
  const at = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) {
      return succeededCount !== undefined && countIndexesOf(completed) >= succeededCount;
    }
    const wanted = parseIndexes(succeededIndexes, limit);
    return countCommon(wanted, completed) >= (succeededCount ?? countIndexesOf(wanted));
  });
  return at < 0
    ? undefined
    : { outcome: 'succeeded', reason: 'SuccessPolicy', message: `Matched rules at index ${at}` };
}
