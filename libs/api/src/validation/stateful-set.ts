import type { StatefulSet, StatefulSetSpec } from '@reckon/proto/reckon/api/apps/v1/stateful_set.ts';
import type { Cause } from '../errors/api-error.ts';
import { semanticEqual } from '../json/equal.ts';
import { subdomainName } from '../names/object-name.ts';
import { forbidden, invalidValue } from './causes.ts';
import { checkAtMostAll, isNothing } from './int-or-percent.ts';
import { checkSelectedTemplate } from './selected-template.ts';
import { atMost, checkCollisionCount, checkCounts, checkReadiness } from './status-counts.ts';
import type { Frozen, KindRules } from './types.ts';

const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

export const STATEFUL_SET: KindRules<StatefulSet> = {
  name: subdomainName,
  object: ({ spec }, causes) => {
    checkSelectedTemplate(
      spec && withClaimedVolumes(spec),
      { selectorOf: 'statefulset', kind: 'StatefulSet' },
      causes,
    );
    checkUpdateStrategy(spec?.updateStrategy, causes);
  },
  update: ({ spec = {} }, before, causes) => {
    const kept: Record<string, unknown> = { ...before.spec };
    for (const field of CHANGEABLE) kept[field] = spec[field];
    if (!semanticEqual(kept, spec)) {
      causes.push(
        forbidden(
          'spec',
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
      );
    }
  },
  status: ({ status = {} }, before, causes) => {
    const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
    const { currentReplicas = 0, updatedReplicas = 0 } = status;
    checkCounts(status, ['currentReplicas', 'updatedReplicas', 'collisionCount'], causes);
    checkReadiness({ replicas, readyReplicas, availableReplicas }, causes);
    atMost(causes, 'status.currentReplicas', currentReplicas, replicas, 'status.replicas');
    atMost(causes, 'status.updatedReplicas', updatedReplicas, replicas, 'status.replicas');
    checkCollisionCount(status, before.status, causes);
  },
};

/** A claim of the StatefulSet is a volume of its pods, in the place of one of the same name. */
function withClaimedVolumes(spec: Frozen<StatefulSetSpec>): Frozen<StatefulSetSpec> {
  const { template, volumeClaimTemplates = [] } = spec;
  if (template?.spec === undefined || volumeClaimTemplates.length === 0) return spec;
  const claimed = volumeClaimTemplates.map(({ metadata }) => {
    const name = metadata?.name ?? '';
    return { name, persistentVolumeClaim: { claimName: name } };
  });
  const names = new Set(claimed.map(({ name }) => name));
  const others = (template.spec.volumes ?? []).filter(({ name = '' }) => !names.has(name));
  return { ...spec, template: { ...template, spec: { ...template.spec, volumes: [...others, ...claimed] } } };
}

function checkUpdateStrategy(strategy: Frozen<StatefulSetSpec>['updateStrategy'], causes: Cause[]): void {
  const { type, rollingUpdate } = strategy ?? {};
  const path = 'spec.updateStrategy.rollingUpdate';
  if (rollingUpdate === undefined) return;
  if (type === 'OnDelete') {
    causes.push(invalidValue(path, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'"));
    return;
  }
  const { maxUnavailable } = rollingUpdate;
  if (maxUnavailable === undefined) return;
  if (isNothing(maxUnavailable)) {
    causes.push(invalidValue(`${path}.maxUnavailable`, maxUnavailable, 'cannot be 0'));
  }
  checkAtMostAll(maxUnavailable, `${path}.maxUnavailable`, causes);
}
