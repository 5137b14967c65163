/**
 * Strategic merge patch: a merge patch that knows from the schema which lists are merged, and by which key. Directives
 * in the patch (see `directives.ts`) replace, delete and order. Nothing is changed in place.
 */
import { getField, setField } from '../../json/build.ts';
import { goFormat } from '../../json/go-format.ts';
import { isArray, isObject } from '../../json/types.ts';
import type { Schema } from '../../schema/types.ts';
import { badPatch, patchDoesNotApply } from '../errors.ts';
import { type FieldPatch, fieldPatch, messageContext, type PatchContext } from './context.ts';
import {
  DELETE_FROM_LIST,
  fieldsWithoutDirectives,
  hasPatchDirective,
  isDirective,
  PATCH,
  RETAIN_KEYS,
  SET_ORDER,
  withoutDirectives,
} from './directives.ts';
import { type Identity, orderMergedList } from './order.ts';

type Fields = Readonly<Record<string, unknown>>;

const BAD_PRIMITIVE_LIST = 'invalid patch format of primitive list';
const BAD_RETAIN_KEYS = 'invalid patch format of retainKeys';
const BAD_ELEMENT_ORDER = 'invalid patch format of setElementOrder list';

export interface StrategicMergeInput {
  readonly schema: Schema;
  /** Full name of the object's message. */
  readonly message: string;
  readonly target: Fields;
  readonly patch: unknown;
}

/** The object after the patch. Throws BadRequest for a malformed patch, Invalid (422) for one that does not fit. */
export function applyStrategicMergePatch(input: StrategicMergeInput): Fields {
  if (!isObject(input.patch)) throw badPatch('invalid JSON document');
  const context = messageContext(input.schema, input.schema.message(input.message));
  return mergeObject(input.target, input.patch, context, '');
}

function mergeObject(target: Fields, patch: Fields, context: PatchContext, path: string): Fields {
  const directive = getField(patch, PATCH);
  if (directive === 'delete') return {};
  if (directive === 'replace') return fieldsWithoutDirectives(patch);
  if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive, patch, path);

  const result: Record<string, unknown> = { ...retained(target, patch) };
  for (const field of Object.keys(patch)) {
    if (isDirective(field)) continue;
    const value = patch[field];
    if (value === null) delete result[field];
    else if (getField(patch, SET_ORDER + field) === undefined) {
      const merged = mergeField(
        getField(result, field),
        value,
        fieldPatch(context, field),
        `${path}.${field}`,
      );
      if (merged === undefined) delete result[field];
      else setField(result, field, merged);
    }
  }
  for (const directiveField of Object.keys(patch)) {
    if (!directiveField.startsWith(SET_ORDER)) continue;
    const field = directiveField.slice(SET_ORDER.length);
    const merged = mergeOrdered(
      getField(result, field),
      getField(patch, field),
      patch[directiveField],
      fieldPatch(context, field),
      `${path}.${field}`,
    );
    if (merged !== undefined) setField(result, field, merged);
  }
  for (const directiveField of Object.keys(patch)) {
    if (!directiveField.startsWith(DELETE_FROM_LIST)) continue;
    const field = directiveField.slice(DELETE_FROM_LIST.length);
    const gone = patch[directiveField];
    if (gone !== null && !isArray(gone)) throw badPatch(BAD_PRIMITIVE_LIST);
    const list = getField(result, field);
    if (gone !== null && isArray(list))
      setField(
        result,
        field,
        list.filter((item) => !gone.includes(item)),
      );
  }
  return result;
}

/** The target without the fields that `$retainKeys` does not name. Every field of the patch must be named. */
function retained(target: Fields, patch: Fields): Fields {
  const keys = getField(patch, RETAIN_KEYS);
  if (keys === undefined) return target;
  if (!isArray(keys)) throw badPatch(BAD_RETAIN_KEYS);
  for (const field of Object.keys(patch)) {
    if (patch[field] !== null && !isDirective(field) && !keys.includes(field))
      throw badPatch(BAD_RETAIN_KEYS);
  }
  const result: Record<string, unknown> = {};
  for (const field of Object.keys(target)) if (keys.includes(field)) setField(result, field, target[field]);
  return result;
}

/** Undefined: the field is to go. */
function mergeField(target: unknown, patch: unknown, field: FieldPatch, path: string): unknown {
  if (isObject(patch) && isObject(target)) {
    if (field.strategy === 'replace') return withoutDirectives(patch);
    return mergeObject(target, patch, field.context, path);
  }
  if (isArray(patch) && isArray(target) && field.strategy === 'merge') {
    return mergeList(target, patch, field, path);
  }
  return hasPatchDirective(patch) ? undefined : withoutDirectives(patch);
}

/** A list whose order the patch sets; it may change elements too, and those must be in the same order. */
function mergeOrdered(
  target: unknown,
  patch: unknown,
  order: unknown,
  field: FieldPatch,
  path: string,
): unknown {
  if (patch === null) return undefined;
  if (!isArray(order)) throw badPatch(BAD_ELEMENT_ORDER);
  if (target !== undefined && !isArray(target)) throw notAList(target, path);
  if (patch !== undefined && !isArray(patch)) throw notAList(patch, path);
  const identity = identityOf(field, path);
  const changes = patch ?? [];
  const named = changes.filter((item) => !isDeletion(item));
  let at = 0;
  for (const item of order) {
    while (hasPatchDirective(named[at])) at++;
    if (at < named.length && identity(item) === identity(named[at])) at++;
  }
  if (order.length > 0 && at < named.length) {
    throw patchDoesNotApply(
      path.slice(1),
      `The order in patch list:\n${goFormat(changes)}\n doesn't match $setElementOrder list:\n${goFormat(order)}\n`,
    );
  }
  if (target === undefined && patch === undefined) return undefined;
  const merged = patch === undefined ? target : mergeField(target, patch, field, path);
  if (!isArray(merged)) return merged;
  const before = target === undefined ? changes : positionsAfterMerge(target, merged, identity);
  return orderMergedList({ merged, wanted: order, before, identity });
}

/** New elements take the places that deleted ones have left: Kubernetes merges in the list it reads positions off. */
function positionsAfterMerge(
  target: readonly unknown[],
  merged: readonly unknown[],
  identity: Identity,
): readonly unknown[] {
  const had = new Set(target.map(identity));
  const has = new Set(merged.map(identity));
  if (target.every((item) => has.has(identity(item)))) return target;
  const kept = target.filter((item) => has.has(identity(item)));
  const added = merged.filter((item) => !had.has(identity(item)));
  return [...kept, ...added].slice(0, target.length);
}

function mergeList(
  target: readonly unknown[],
  patch: readonly unknown[],
  field: FieldPatch,
  path: string,
): readonly unknown[] {
  const [sample] = [...target, ...patch];
  if (sample === undefined) return target;
  if ([...target, ...patch].some((item) => isArray(item))) {
    throw patchDoesNotApply(path.slice(1), 'lists of lists are not supported');
  }
  if (!isObject(sample)) {
    const merged = [...new Set([...target, ...patch])];
    return orderMergedList({ merged, wanted: patch, before: target, identity: (item) => item });
  }
  return mergeListOfObjects(target, patch, field, path);
}

function mergeListOfObjects(
  target: readonly unknown[],
  patch: readonly unknown[],
  field: FieldPatch,
  path: string,
): readonly unknown[] {
  const identity = identityOf(field, path);
  const changes = patch.filter((item) => !hasPatchDirective(item));
  const deleted = new Set<unknown>();
  let replace = false;
  for (const item of patch) {
    const directive = isObject(item) ? getField(item, PATCH) : undefined;
    if (directive === undefined) continue;
    if (directive === 'delete') deleted.add(identity(item));
    else if (directive === 'replace') replace = true;
    else if (directive === 'merge') {
      throw patchDoesNotApply(path.slice(1), 'merging lists cannot yet be specified in the patch');
    } else throw unknownDirective(directive, item, path);
  }
  if (replace) return changes.map(withoutDirectives);

  const merged = target.filter((item) => !deleted.has(identity(item)));
  const at = new Map<unknown, number>();
  for (const [index, item] of merged.entries()) if (!at.has(identity(item))) at.set(identity(item), index);
  for (const change of changes) {
    const name = identity(change);
    const index = at.get(name);
    const current = index === undefined ? undefined : merged[index];
    if (index !== undefined && isObject(current) && isObject(change)) {
      merged[index] = mergeObject(current, change, field.context, `${path}[${goFormat(name)}]`);
    } else {
      at.set(name, merged.length);
      merged.push(withoutDirectives(change));
    }
  }
  return orderMergedList({ merged, wanted: changes, before: target, identity });
}

/** How elements of the field's list are told apart. Throws if an element has no merge key. */
function identityOf(field: FieldPatch, path: string): Identity {
  const { mergeKey } = field;
  return (item) => {
    if (!isObject(item)) return item;
    if (mergeKey === undefined) {
      throw patchDoesNotApply(path.slice(1), `cannot merge lists without merge key for ${path.slice(1)}`);
    }
    const name = getField(item, mergeKey);
    if (name !== undefined) return name;
    throw patchDoesNotApply(
      path.slice(1),
      `map: ${goFormat(item)} does not contain declared merge key: ${mergeKey}`,
    );
  };
}

function isDeletion(item: unknown): boolean {
  return isObject(item) && getField(item, PATCH) === 'delete';
}

function unknownDirective(directive: unknown, item: unknown, path: string): Error {
  return patchDoesNotApply(
    path.slice(1),
    `unknown patch type: ${goFormat(directive)} in map: ${goFormat(item)}`,
  );
}

function notAList(value: unknown, path: string): Error {
  return patchDoesNotApply(path.slice(1), `expected a list, but received ${goFormat(value)}`);
}
