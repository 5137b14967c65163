/**
 * The pod templates that a StatefulSet or DaemonSet has had, each in a ControllerRevision: what `kubectl rollout
 * history` shows and `kubectl rollout undo` goes back to. Going back to an old template gives its revision the newest
 * number instead of making another one.
 */
import { controllerRef, podTemplateHash, semanticEqual } from '@reckon/api';
import { type Action, CONTROLLER_REVISIONS, type Frozen, nameOf, type Stored } from '@reckon/client';
import type { PodTemplateSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { adoption } from '../ownership.ts';
import type { StoredControllerRevision } from '../resources.ts';
import { revisionData } from './revision-data.ts';

/** Each kind has its own: clients look the revision of a pod up by it. */
const HASH_LABELS: Readonly<Record<string, string>> = {
  DaemonSet: 'controller-revision-hash',
  StatefulSet: 'controller.kubernetes.io/hash',
};

export type Template = Frozen<PodTemplateSpec>;

export interface HistoryInput {
  readonly owner: Stored;
  readonly template: Template | undefined;
  readonly observed: ObservedRevisions;
  readonly collisionCount: number;
}

export interface ObservedRevisions {
  readonly owned: readonly StoredControllerRevision[];
  /** Of these labels, and managed by nobody. */
  readonly orphans: readonly StoredControllerRevision[];
  /** The name that a new revision would get belongs to another object. */
  readonly nameTaken: boolean;
}

export interface History {
  /** Name of the revision of the present template: `NAME-HASH`. */
  readonly update: string;
  /** All that are there, the oldest first. */
  readonly all: readonly StoredControllerRevision[];
  readonly actions: readonly Action[];
  /** The name of the new revision is taken: another hash is needed. */
  readonly collision: boolean;
}

export function revisionName(owner: Stored, template: Template | undefined, collisionCount: number): string {
  return `${owner.metadata.name}-${podTemplateHash(template, collisionCount)}`;
}

export function planHistory(input: HistoryInput): History {
  const { owner, template, observed, collisionCount } = input;
  const all = [...observed.owned, ...observed.orphans].sort(byRevision);
  const adoptions = observed.orphans.map((revision) => adoption(CONTROLLER_REVISIONS, revision, owner));
  const same = all.filter((revision) => semanticEqual(templateOf(revision), template)).at(-1);
  const newest = all.at(-1);
  const number = (newest?.revision ?? 0) + 1;
  if (!same) {
    const update = revisionName(owner, template, collisionCount);
    const actions = observed.nameTaken ? [] : [creation(input, update, number)];
    return { update, all, actions: [...adoptions, ...actions], collision: observed.nameTaken };
  }
  const renumbered = same === newest ? [] : [renumbering(owner, same, number)];
  return { update: same.metadata.name, all, actions: [...adoptions, ...renumbered], collision: false };
}

/** The pod template in a revision, without what only a patch and Go's encoder say. */
export function templateOf(revision: StoredControllerRevision): Template {
  const data = revision.data as { readonly spec?: { readonly template?: object } } | undefined;
  const { $patch: _, metadata, ...template } = { $patch: '', metadata: {}, ...data?.spec?.template };
  const { creationTimestamp: _created, ...named } = { creationTimestamp: null, ...metadata };
  return { ...template, metadata: named } as Template;
}

/** `controller-revision-hash` of a DaemonSet's pods. */
export function hashOf(owner: Stored, revision: string): string {
  return revision.slice(owner.metadata.name.length + 1);
}

function creation({ owner, template }: HistoryInput, name: string, revision: number): Action {
  return {
    type: 'create',
    resource: CONTROLLER_REVISIONS,
    object: {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        namespace: owner.metadata.namespace,
        labels: { ...template?.metadata?.labels, ...hashLabel(owner, name) },
        ...(owner.metadata.annotations ? { annotations: owner.metadata.annotations } : {}),
        ownerReferences: [controllerRef(owner)],
      },
      data: revisionData(template),
      revision,
    },
    because: `${owner.kind} ${owner.metadata.name} has a pod template that no revision has yet`,
  };
}

function hashLabel(owner: Stored, name: string): Readonly<Record<string, string>> {
  const label = HASH_LABELS[owner.kind];
  return label === undefined ? {} : { [label]: hashOf(owner, name) };
}

function renumbering(owner: Stored, revision: StoredControllerRevision, number: number): Action {
  const { uid, resourceVersion } = revision.metadata;
  return {
    type: 'patch',
    resource: CONTROLLER_REVISIONS,
    target: nameOf(revision),
    patch: { type: 'merge', value: { revision: number } },
    precondition: { uid, resourceVersion },
    because: `${owner.kind} ${owner.metadata.name} has gone back to this template`,
  };
}

/** Deletes revisions that nothing uses beyond the history limit, the oldest first. */
export function forgetRevisions(
  owner: Stored,
  { all }: History,
  { inUse, limit }: { readonly inUse: ReadonlySet<string>; readonly limit: number },
): readonly Action[] {
  const unused = all.filter(({ metadata }) => !inUse.has(metadata.name) && !metadata.deletionTimestamp);
  return unused.slice(0, Math.max(0, unused.length - limit)).map((revision) => ({
    type: 'delete',
    resource: CONTROLLER_REVISIONS,
    target: nameOf(revision),
    precondition: { uid: revision.metadata.uid },
    because: `${owner.kind} ${owner.metadata.name} keeps ${limit} old revisions`,
  }));
}

function byRevision(a: StoredControllerRevision, b: StoredControllerRevision): number {
  return (
    (a.revision ?? 0) - (b.revision ?? 0) ||
    Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
    (a.metadata.name < b.metadata.name ? -1 : 1)
  );
}
