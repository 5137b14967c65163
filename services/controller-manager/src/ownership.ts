/** Taking over what matches and letting go of what no longer does, as all controllers of pods do it. */
import { controllerRef, type LabelSelection, type LabelSelectorObject, labelSelectorOf } from '@reckon/api';
import { type Action, type KubeObject, nameOf, type ResourceType, type Stored } from '@reckon/client';

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
  return setOwners(resource, object, [...(object.metadata.ownerReferences ?? []), controllerRef(owner)], {
    because: `${object.kind} ${object.metadata.name} matches the selector of ${owner.kind} ${owner.metadata.name} and has no manager`,
  });
}

export function release<T extends KubeObject>(
  resource: ResourceType<T>,
  object: Stored,
  owner: Stored,
): Action {
  const others = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  return setOwners(resource, object, others, {
    because: `${object.kind} ${object.metadata.name} no longer matches the selector of ${owner.kind} ${owner.metadata.name}`,
  });
}

function setOwners<T extends KubeObject>(
  resource: ResourceType<T>,
  object: Stored,
  ownerReferences: readonly object[],
  { because }: { readonly because: string },
): Action {
  const { uid, resourceVersion } = object.metadata;
  return {
    type: 'patch',
    resource,
    target: nameOf(object),
    patch: { type: 'merge', value: { metadata: { ownerReferences, resourceVersion } } },
    precondition: { uid, resourceVersion },
    because,
  };
}
