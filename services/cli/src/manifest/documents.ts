/** The objects in a text of YAML or JSON: many documents, and Lists within them. */
import { ApiError, decodeJson, decodeYaml, isArray, isObject } from '@reckon/api';

/** Where an object comes from: `web.yaml, document 2 (line 14)`. */
export interface Place {
  readonly file: string;
  /** Counted from 1. */
  readonly document: number;
  /** Of the document's beginning, counted from 1. */
  readonly line: number;
  /** In a List, counted from 0. */
  readonly item?: number;
}

export interface Found {
  readonly place: Place;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface Problem {
  readonly place: Place;
  /** `Deployment web`; absent if it is not known what it is. */
  readonly object?: string | undefined;
  readonly message: string;
}

export interface Read {
  readonly objects: readonly Found[];
  readonly problems: readonly Problem[];
}

export interface Source {
  /** As people know it; `-` is standard input. */
  readonly file: string;
  readonly text: string;
}

export function placeText({ file, document, line, item }: Place): string {
  const where = `${file === '-' ? 'standard input' : file}, document ${document} (line ${line})`;
  return item === undefined ? where : `${where}, item ${item}`;
}

/** Everything that is there, and everything that is wrong with it. Empty documents are nothing. */
export function readDocuments(source: Source): Read {
  const objects: Found[] = [];
  const problems: Problem[] = [];
  let document = 0;
  for (const { text, line } of piecesOf(source.text)) {
    if (isEmpty(text)) continue;
    const place = { file: source.file, document: ++document, line };
    try {
      const { value, duplicateFields } = isJson(source.file, text) ? decodeJson(text) : decodeYaml(text);
      for (const message of duplicateFields) problems.push({ place, message });
      collect({ objects, problems }, place, value);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problems.push({ place, message: error.message });
    }
  }
  return { objects, problems };
}

function collect(into: { objects: Found[]; problems: Problem[] }, place: Place, value: unknown): void {
  if (value === null) return;
  if (!isObject(value)) {
    into.problems.push({ place, message: 'this is not an object with apiVersion and kind' });
    return;
  }
  if (typeof value.kind === 'string' && value.kind.endsWith('List') && isArray(value.items)) {
    for (const [item, one] of value.items.entries()) collect(into, { ...place, item }, one);
    return;
  }
  into.objects.push({ place, value });
}

/** As kubectl does: a line that begins with `---` ends a document, wherever it stands. */
function piecesOf(text: string): readonly { readonly text: string; readonly line: number }[] {
  const pieces: { text: string; line: number }[] = [];
  let lines: string[] = [];
  let begin = 1;
  for (const [i, line] of text.split('\n').entries()) {
    if (!/^---(\s|$)/.test(line)) {
      lines.push(line);
      continue;
    }
    pieces.push({ text: lines.join('\n'), line: begin });
    lines = [line.slice(3)];
    begin = i + 1;
  }
  pieces.push({ text: lines.join('\n'), line: begin });
  return pieces;
}

/** Flow style is YAML, unless it is more than that. */
function isJson(file: string, text: string): boolean {
  return file.endsWith('.json') || /^\s*\{\s*"/.test(text);
}

function isEmpty(text: string): boolean {
  return text.split('\n').every((line) => /^\s*(#.*)?$/.test(line));
}
