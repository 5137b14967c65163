import { controllerOf, type LabelSelectorObject, labelSelectorOf } from '@reckon/api';
import { CONTROLLER_REVISIONS, type Snapshot, type Stored } from '@reckon/client';
import { type ObservedRevisions, revisionName, type Template } from './history.ts';

export interface HistoryOwner {
  readonly owner: Stored;
  readonly selector: LabelSelectorObject | undefined;
  readonly template: Template | undefined;
  readonly collisionCount: number;
}

export function observeRevisions(
  snapshot: Snapshot,
  { owner, selector, template, collisionCount }: HistoryOwner,
): ObservedRevisions {
  const { uid, namespace = '', name } = owner.metadata;
  const owned = snapshot
    .ownedBy(CONTROLLER_REVISIONS, uid)
    .filter((revision) => controllerOf(revision)?.uid === uid);
  const orphans = owner.metadata.deletionTimestamp
    ? []
    : snapshot
        .select(CONTROLLER_REVISIONS, namespace, labelSelectorOf(selector))
        .filter((revision) => !controllerOf(revision) && revision.metadata.name.startsWith(`${name}-`));
  const holder = snapshot.get(CONTROLLER_REVISIONS, namespace, revisionName(owner, template, collisionCount));
  return { owned, orphans, nameTaken: holder !== undefined };
}
