/** Taking over what matches and letting go of what no longer does, as all controllers of pods do it. */
import { controllerRef, type LabelSelection, type LabelSelectorObject, labelSelectorOf } from '@reckon/api';
import type { Action, KubeObject, ResourceType, Stored } from '@reckon/client';
import { metadataPatch } from './metadata-patch.ts';

/** Objects are frozen and shared, so a selector is compiled once for as long as its owner stays as it is. */
const compiled = new WeakMap<LabelSelectorObject, LabelSelection>();

/** An absent selector matches nothing. */
export function matches(selector: LabelSelectorObject | undefined, object: Stored): boolean {
  if (!selector) return false;
  let selection = compiled.get(selector);
  if (!selection) {
    selection = labelSelectorOf(selector);
    compiled.set(selector, selection);
  }
  return selection.matches(object.metadata.labels);
}

/** Makes `owner` the manager of an object that has none. Loses against whoever was faster: then it is planned again. */
export function adoption<T extends KubeObject>(
  resource: ResourceType<T>,
  object: Stored,
  owner: Stored,
): Action {
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), controllerRef(owner)];
  return metadataPatch(
    { resource, object },
    { ownerReferences },
    `${object.kind} ${object.metadata.name} matches the selector of ${owner.kind} ${owner.metadata.name} and has no manager`,
  );
}

export function release<T extends KubeObject>(
  resource: ResourceType<T>,
  object: Stored,
  owner: Stored,
): Action {
  const others = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  return metadataPatch(
    { resource, object },
    { ownerReferences: others },
    `${object.kind} ${object.metadata.name} no longer matches the selector of ${owner.kind} ${owner.metadata.name}`,
  );
}
