import type { RuntimeClass } from '@reckon/proto/reckon/api/node/v1/runtime_class.ts';
import { subdomainName } from '../names/object-name.ts';
import { checkLabels } from './labels.ts';
import { checkResourceValue } from './pod/resources.ts';
import { checkTolerations } from './pod/scheduling.ts';
import type { KindRules } from './types.ts';

export const RUNTIME_CLASS: KindRules<RuntimeClass> = {
  name: subdomainName,
  object: ({ overhead, scheduling }, causes) => {
    const fixed = overhead?.podFixed ?? {};
    for (const name in fixed) {
      checkResourceValue(name, fixed[name], `overhead.podFixed[${name}]`, causes);
    }
    checkLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector', causes);
    checkTolerations(scheduling?.tolerations, 'scheduling.tolerations', causes);
  },
};
