/**
 * JSON as a request's body: like JSON.parse, but it says which fields are there twice, and its errors are those of
 * Go's encoding/json. The common case costs one parse and one walk over the text's quotation marks.
 */
import { ApiError } from '../errors/api-error.ts';
import { isObject } from '../json/types.ts';
import { findDuplicates } from './duplicates.ts';
import { syntaxMessage } from './json-syntax.ts';

export interface DecodedText {
  readonly value: unknown;
  /** `duplicate field "spec.replicas"`; of YAML: `line 3: key "replicas" already set in map`. */
  readonly duplicateFields: readonly string[];
}

/** Deeper than any object; the limit keeps hostile input from using up the stack of whoever walks the value. */
export const MAX_DEPTH = 1_000;
export const TOO_DEEP = 'exceeded max depth';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** @throws ApiError BadRequest */
export function decodeJson(text: string): DecodedText {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ApiError('BadRequest', syntaxMessage(text), {}, { cause: error });
  }
  const duplicateFields = countFields(value, 0) === countFieldNames(text) ? [] : findDuplicates(text);
  return { value, duplicateFields };
}

/**
 * How many fields all the objects of a value have together.
 * @throws ApiError BadRequest if it is nested too deeply.
 */
export function countFields(value: unknown, depth: number): number {
  if (depth > MAX_DEPTH) throw new ApiError('BadRequest', TOO_DEEP);
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countFields(item, depth + 1);
  } else if (isObject(value)) {
    for (const key in value) {
      count++;
      const part = value[key];
      if (typeof part === 'object') count += countFields(part, depth + 1);
    }
  }
  return count;
}

/** How many strings of a valid JSON text are followed by a colon: each is the name of a field. */
function countFieldNames(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at)) {
    at = afterString(text, at);
    while (isSpace(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) === COLON) count++;
  }
  return count;
}

function afterString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    at += code === BACKSLASH ? 2 : 1;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
