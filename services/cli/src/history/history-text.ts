/** A history for people: a line for each event, and under it what it changed. */
import { styleText } from 'node:util';
import { stringify } from 'yaml';
import { actorName, askedBy } from '../output/log-line.ts';
import type { FieldChange, Json } from './diff.ts';
import type { ObjectRevision } from './revisions.ts';

export interface HistoryTextOptions {
  /** All changes in full, instead of the first few in short. */
  readonly full: boolean;
}

const SHORT_CHANGES = 6;
const SHORT_VALUE = 72;
const INDENT = ' '.repeat(8);

export function historyText(revisions: readonly ObjectRevision[], { full }: HistoryTextOptions): string {
  return revisions.map((revision) => [head(revision), ...changes(revision, full)].join('\n')).join('\n');
}

function head({ record }: ObjectRevision): string {
  const { rev, atMs, op, provenance } = record;
  const { actor, cause, because } = provenance;
  const at = new Date(atMs).toISOString().replace('T', ' ').slice(0, 23);
  const why = `${cause === undefined ? '' : `  ⟵ ${cause}`}${because === undefined ? '' : `  ${because}`}`;
  return `${bold(String(rev).padStart(6))}  ${at}  ${actorName(actor).padEnd(18)} ${op}${askedBy(record)}${why}`;
}

function changes({ record, changes: all, shredded }: ObjectRevision, full: boolean): readonly string[] {
  if (shredded !== undefined) return [`${INDENT}(shredded at ${shredded}: what it was is gone for ever)`];
  if (all === undefined) return [`${INDENT}(what it was then, or before, is not kept or not shown)`];
  if (full) return all.flatMap(long);
  // Of a new object its status and the like are no news.
  const told =
    record.op === 'create' ? all.filter(({ keys }) => keys[0] === 'spec' || keys[0] === 'data') : all;
  const lines = told.slice(0, SHORT_CHANGES).map(short);
  const left = told.length - lines.length;
  return left > 0 ? [...lines, `${INDENT}… and ${left} more: see --diff`] : lines;
}

export function short(change: FieldChange): string {
  const { op, path, before, after } = change;
  switch (op) {
    case 'add':
      return green(`${INDENT}+ ${path}: ${brief(after)}`);
    case 'remove':
      return red(`${INDENT}- ${path}: ${brief(before)}`);
    case 'change':
      return `${INDENT}~ ${path}: ${brief(before)} → ${brief(after)}`;
  }
}

function long({ op, path, before, after }: FieldChange): readonly string[] {
  const lines = [`${INDENT}${path}`];
  if (op !== 'add') lines.push(...block(before).map((line) => red(`${INDENT}  - ${line}`)));
  if (op !== 'remove') lines.push(...block(after).map((line) => green(`${INDENT}  + ${line}`)));
  return lines;
}

function block(value: Json | undefined): readonly string[] {
  return stringify(value, { lineWidth: 0 }).trimEnd().split('\n');
}

function brief(value: Json | undefined): string {
  const text = typeof value === 'string' && /^[^\s"]+$/.test(value) ? value : (JSON.stringify(value) ?? '');
  return text.length > SHORT_VALUE ? `${text.slice(0, SHORT_VALUE - 1)}…` : text;
}

const bold = (text: string) => styleText('bold', text, { stream: process.stdout });
const green = (text: string) => styleText('green', text, { stream: process.stdout });
const red = (text: string) => styleText('red', text, { stream: process.stdout });
