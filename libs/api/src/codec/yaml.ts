/**
 * YAML as a request's body, read the way Kubernetes reads it: YAML 1.1 (`yes`, `on` and `0644` are a boolean, a
 * boolean and an octal number), but timestamps, binary and base-60 numbers are plain strings.
 */
import { type Document, isScalar, Lexer, LineCounter, parseDocument, type Tags, visit } from 'yaml';
import { ApiError } from '../errors/api-error.ts';
import { goQuote } from '../json/quote.ts';
import { countFields, type DecodedText, MAX_DEPTH, TOO_DEEP } from './json.ts';

const OFF: ReadonlySet<string> = new Set(['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary']);
/** Aliases can make a small text large (the "billion laughs"). */
const MAX_ALIASES = 100;
/**
 * The parser takes some microseconds for each token, and nobody else is served meanwhile: what the size of a body
 * allows would be half a minute. The largest definitions that people send have half as many.
 */
const MAX_TOKENS = 300_000;

function kubernetesTags(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || (!OFF.has(tag.tag) && tag.format !== 'TIME'));
}

/** @throws ApiError BadRequest */
export function decodeYaml(text: string): DecodedText {
  refuseHuge(text);
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
    countFields(value, 0);
    return { value: value ?? null, duplicateFields: duplicateKeys(document, lines) };
  } catch (cause) {
    throw yamlError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Looks at the tokens only, which is quick, and no further than it must. */
function refuseHuge(text: string): void {
  let tokens = 0;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > MAX_DEPTH) throw yamlError(TOO_DEEP);
    if (++tokens > MAX_TOKENS)
      throw yamlError(`more than ${MAX_TOKENS} tokens: what is so large has to be sent as JSON`);
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
