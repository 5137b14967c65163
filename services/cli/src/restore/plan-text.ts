/** A plan for people: what will be written, field by field, and what will not be as it was. */
import { assertNever } from '../assert-never.ts';
import { diffObjects, type FieldChange, type Json } from '../history/diff.ts';
import { short } from '../history/history-text.ts';
import { maskChange } from '../history/secrets.ts';
import { labelOf } from './plan.ts';
import type { Action, AnObject, Plan, Wanted } from './types.ts';
import { updateOf, wantedOf } from './wanted.ts';

export interface PlanTextOptions {
  /** Also the values of Secrets. */
  readonly showSecrets: boolean;
}

export interface ActionChanges {
  readonly action: Action['kind'];
  readonly object: string;
  readonly because?: string | undefined;
  readonly changes: readonly FieldChange[];
}

export function changesOf(action: Action, { showSecrets }: PlanTextOptions): ActionChanges {
  const { kind, resource } = action;
  const name = kind === 'delete' ? action.now.metadata.name : action.wanted.metadata.name;
  const all = diffOf(action);
  const hidden = resource.groupResource === 'secrets' && !showSecrets;
  return {
    action: kind,
    object: labelOf(resource, name),
    ...(kind === 'remake' && { because: action.because }),
    changes: hidden ? all.map(maskChange) : all,
  };
}

function diffOf(action: Action): readonly FieldChange[] {
  switch (action.kind) {
    case 'create':
    case 'delete':
      return [];
    case 'update':
      return diffObjects(essenceOf(updateOf(action.now, wantedOf(action.now))), essenceOf(action.wanted));
    case 'remake':
      return diffObjects(essenceOf(wantedOf(action.now)), essenceOf(action.wanted));
    default:
      return assertNever(action);
  }
}

/** What the plan has the last word on. */
function essenceOf({ metadata, ...rest }: Wanted | AnObject): Json {
  const { labels, annotations } = metadata;
  return JSON.parse(JSON.stringify({ ...rest, metadata: { labels, annotations } }));
}

const VERBS: { readonly [kind in Action['kind']]: string } = {
  create: '+ bring back',
  update: '~ change',
  remake: '± make anew',
  delete: '- delete',
};

export function planText(plan: Plan, options: PlanTextOptions): string {
  const lines: string[] = [];
  for (const action of plan.actions) {
    const { object, because, changes } = changesOf(action, options);
    lines.push(`${VERBS[action.kind]} ${object}${because === undefined ? '' : `: ${because}`}`);
    lines.push(...changes.map(short));
  }
  for (const { object, sentence } of plan.notes) lines.push(`! ${object}: ${sentence}`);
  return lines.join('\n');
}
