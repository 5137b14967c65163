/** From the selectors of a request to what the cache selects by. */
import {
  type FieldSelection,
  type LabelSelection,
  parseFieldSelector,
  parseLabelSelector,
} from '@reckon/api';
import { EVERYTHING_TERM, namespaceTerm, nodeTerm, objectTerm } from '../cache/dispatcher.ts';
import type { Selectable } from '../cache/entry.ts';
import { pathOf } from '../cache/resource-cache.ts';
import type { LabelEquality, Selection } from '../cache/selection.ts';
import { placeOfField } from './selectable.ts';
import type { Target } from './types.ts';

export interface Selectors {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export function selectionOf(
  target: Target,
  { labelSelector = '', fieldSelector = '' }: Selectors,
): Selection {
  const labels = parseLabelSelector(labelSelector);
  const fields = parseFieldSelector(fieldSelector, target.resource.groupResource);
  const namespace = namespaceOf(target, fields);
  const name = target.name === '' ? fields.exactValue('metadata.name') : target.name;
  const known = name !== undefined && (namespace !== '' || !target.resource.namespaced);
  const path = known ? pathOf({ namespace, name }) : undefined;
  return {
    namespace,
    name,
    path,
    everything: labels.everything && fields.everything && name === undefined,
    matches: matcher(target.resource.groupResource, labels, fields),
    equalities: equalitiesOf(labels),
    term: termOf({ namespace, path, nodeName: fields.exactValue('spec.nodeName') }),
  };
}

function namespaceOf(target: Target, fields: FieldSelection): string {
  if (target.namespace !== '' || !target.resource.namespaced) return target.namespace;
  return fields.exactValue('metadata.namespace') ?? '';
}

function matcher(resource: string, labels: LabelSelection, fields: FieldSelection): Selection['matches'] {
  const byLabels = labels.everything ? undefined : labels;
  const tests = fields.requirements.map(({ field, operator, value }) => {
    const place = placeOfField(resource, field);
    return operator === '='
      ? (selectable: Selectable) => selectable.fields[place] === value
      : (selectable: Selectable) => selectable.fields[place] !== value;
  });
  const [only] = tests;
  if (!byLabels) {
    if (!only) return () => true;
    if (tests.length === 1) return only;
  }
  return (selectable) => {
    if (byLabels && !byLabels.matches(selectable.labels)) return false;
    for (const test of tests) if (!test(selectable)) return false;
    return true;
  };
}

function equalitiesOf(labels: LabelSelection): readonly LabelEquality[] {
  return labels.requirements
    .filter(({ operator }) => operator === '=' || operator === '==' || operator === 'in')
    .map(({ key, values }) => ({ key, values }));
}

function termOf(parts: {
  namespace: string;
  path: string | undefined;
  nodeName: string | undefined;
}): string {
  if (parts.path !== undefined) return objectTerm(parts.path);
  if (parts.nodeName !== undefined) return nodeTerm(parts.nodeName);
  return parts.namespace === '' ? EVERYTHING_TERM : namespaceTerm(parts.namespace);
}
