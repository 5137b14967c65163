/**
 * YAML as a request's body, read the way Kubernetes reads it: YAML 1.1 (`yes`, `on` and `0644` are a boolean, a
 * boolean and an octal number), but timestamps, binary and base-60 numbers are plain strings.
 */
import { type Document, isScalar, LineCounter, parseDocument, type Tags, visit } from 'yaml';
import { ApiError } from '../errors/api-error.ts';
import { goQuote } from '../json/quote.ts';
import type { DecodedText } from './json.ts';

const OFF: ReadonlySet<string> = new Set(['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary']);
/** Aliases can make a small text large (the "billion laughs"). */
const MAX_ALIASES = 100;

function kubernetesTags(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || (!OFF.has(tag.tag) && tag.format !== 'TIME'));
}

/** @throws ApiError BadRequest */
export function decodeYaml(text: string): DecodedText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    customTags: kubernetesTags,
    uniqueKeys: false,
    lineCounter: lines,
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error !== undefined) {
    throw yamlError(`line ${lines.linePos(error.pos[0]).line}: ${error.message}`);
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { value: value ?? null, duplicateFields: duplicateKeys(document, lines) };
  } catch (cause) {
    throw yamlError(cause instanceof Error ? cause.message : String(cause));
  }
}

function yamlError(message: string): ApiError {
  return new ApiError('BadRequest', `error converting YAML to JSON: yaml: ${message}`);
}

function duplicateKeys(document: Document, lines: LineCounter): readonly string[] {
  const found: string[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) {
          const line = lines.linePos(key.range?.[0] ?? 0).line;
          found.push(`line ${line}: key ${goQuote(name)} already set in map`);
        }
        seen.add(name);
      }
    },
  });
  return found;
}

/** True if a text is one object in flow style, which is JSON or close to it. */
export function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}
