/** JSON patch (RFC 6902). */
import { ApiError } from '../errors/api-error.ts';
import { jsonEqual } from '../json/equal.ts';
import { isArray, isObject, jsonTypeName } from '../json/types.ts';
import { badPatch, patchDoesNotApply } from './errors.ts';
import {
  arrayIndex,
  changeParent,
  MISSING,
  type Pointer,
  parsePointer,
  valueAt,
  withField,
  withoutField,
} from './json-pointer.ts';

const MAX_OPERATIONS = 10_000;
/** Copies of copies grow without bound; Kubernetes allows them 3 MiB in all. */
const MAX_COPIED_CHARACTERS = 3 * 1_024 * 1_024;

type JsonPatchOperation =
  | {
      readonly op: 'add' | 'replace' | 'test';
      readonly path: Pointer;
      readonly text: string;
      readonly value: unknown;
    }
  | { readonly op: 'remove'; readonly path: Pointer; readonly text: string }
  | { readonly op: 'move' | 'copy'; readonly path: Pointer; readonly text: string; readonly from: Pointer };

/**
 * The document after all operations, or none of them. Throws BadRequest for a patch that is none, Invalid (422) for an
 * operation that is none, if a test fails or a path is missing, RequestEntityTooLarge for more than 10,000 operations.
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (patch === null) return document;
  if (!isArray(patch)) {
    throw badPatch(`json: cannot unmarshal ${jsonTypeName(patch)} into Go value of type jsonpatch.Patch`);
  }
  if (patch.length > MAX_OPERATIONS) {
    throw new ApiError(
      'RequestEntityTooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  let copied = 0;
  let result = document;
  for (const operation of patch.map(readOperation)) {
    if (operation.op === 'copy') {
      copied += JSON.stringify(valueAt(result, operation.from))?.length ?? 0;
      if (copied > MAX_COPIED_CHARACTERS) {
        throw patchDoesNotApply(
          operation.text,
          `Unable to copy, the accumulated size increase of copy is ${copied}, exceeding the limit ${MAX_COPIED_CHARACTERS}`,
        );
      }
    }
    result = applyOperation(result, operation);
  }
  return result;
}

function readOperation(given: unknown): JsonPatchOperation {
  const input = given === null ? {} : given;
  if (!isObject(input)) {
    const type = jsonTypeName(input);
    throw badPatch(`error decoding patch: json: cannot unmarshal ${type} into Go value of type jsonPatchOp`);
  }
  for (const name of ['op', 'path', 'from']) refuseNoText(input, name);
  const { op, path: text } = input;
  if (!isOperation(op)) throw patchDoesNotApply('', `Unexpected kind: ${String(op ?? 'unknown')}`);
  if (typeof text !== 'string') {
    throw patchDoesNotApply('', `${op} operation failed to decode path: missing value`);
  }
  const path = pointer(text);
  switch (op) {
    case 'remove':
      return { op, path, text };
    case 'add':
    case 'replace':
    case 'test':
      // Without a value null is meant, as Kubernetes' library has it.
      return { op, path, text, value: input.value ?? null };
    case 'move':
    case 'copy':
      if (typeof input.from !== 'string') {
        throw patchDoesNotApply(text, `${op} operation failed to decode from: missing value`);
      }
      return { op, path, text, from: pointer(input.from) };
  }
}

function refuseNoText(input: Readonly<Record<string, unknown>>, name: string): void {
  const value = input[name];
  if (value === undefined || value === null || typeof value === 'string') return;
  const type = jsonTypeName(value);
  throw badPatch(
    `error decoding patch: json: cannot unmarshal ${type} into Go struct field jsonPatchOp.${name} of type string`,
  );
}

function isOperation(op: unknown): op is JsonPatchOperation['op'] {
  return (
    op === 'add' || op === 'remove' || op === 'replace' || op === 'move' || op === 'copy' || op === 'test'
  );
}

function pointer(text: string): Pointer {
  const parsed = parsePointer(text);
  if (parsed === undefined) throw badPatch(`invalid JSON pointer "${text}": it must start with /`);
  return parsed;
}

function applyOperation(document: unknown, operation: JsonPatchOperation): unknown {
  const { op, path, text } = operation;
  switch (op) {
    case 'add':
      return add(document, path, operation.value, text);
    case 'remove':
      return remove(document, path, text);
    case 'replace':
      return replace(document, path, operation.value, text);
    case 'move': {
      const value = source(document, operation.from, text, op);
      return add(remove(document, operation.from, text), path, value, text);
    }
    case 'copy':
      return add(document, path, source(document, operation.from, text, op), text);
    case 'test': {
      const value = valueAt(document, path);
      if (value === MISSING && valueAt(document, path.slice(0, -1)) === MISSING) {
        throw patchDoesNotApply(
          text,
          `test operation does not apply: is missing path: ${text}: missing value`,
        );
      }
      if (jsonEqual(value === MISSING ? null : value, operation.value)) return document;
      throw patchDoesNotApply(text, `testing value ${text} failed: test failed`);
    }
  }
}

function source(document: unknown, from: Pointer, text: string, op: string): unknown {
  const value = valueAt(document, from);
  if (value !== MISSING) return value;
  throw patchDoesNotApply(text, `${op} operation does not apply: doc is missing from path: missing value`);
}

function add(document: unknown, path: Pointer, value: unknown, text: string): unknown {
  if (path.length === 0) return value;
  const result = changeParent(document, path, (container, token) => {
    if (isArray(container)) {
      const index = token === '-' ? container.length : arrayIndex(token, container.length + 1);
      if (index === undefined || index > container.length) {
        throw patchDoesNotApply(text, `add operation does not apply: invalid array index ${token}`);
      }
      return container.toSpliced(index, 0, value);
    }
    return isObject(container) ? withField(container, token, value) : MISSING;
  });
  if (result !== MISSING) return result;
  throw patchDoesNotApply(
    text,
    `add operation does not apply: doc is missing path: "${text}": missing value`,
  );
}

function replace(document: unknown, path: Pointer, value: unknown, text: string): unknown {
  if (path.length === 0) return value;
  if (valueAt(document, path) === MISSING) {
    throw patchDoesNotApply(
      text,
      `replace operation does not apply: doc is missing key: ${text}: missing value`,
    );
  }
  return changeParent(document, path, (container, token) => {
    if (isArray(container)) return container.with(arrayIndex(token, container.length) ?? 0, value);
    return isObject(container) ? withField(container, token, value) : MISSING;
  });
}

function remove(document: unknown, path: Pointer, text: string): unknown {
  if (path.length === 0) return null;
  if (valueAt(document, path) === MISSING) {
    throw patchDoesNotApply(
      text,
      `remove operation does not apply: doc is missing path: "${text}": missing value`,
    );
  }
  return changeParent(document, path, (container, token) => {
    if (isArray(container)) return container.toSpliced(arrayIndex(token, container.length) ?? 0, 1);
    return isObject(container) ? withoutField(container, token) : MISSING;
  });
}
