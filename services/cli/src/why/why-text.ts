/** The answer to "why" for people. */
import { styleText } from 'node:util';
import type { LogRecord } from '@reckon/api';
import { nameOf } from '../history/find-kind.ts';
import { actorName } from '../output/log-line.ts';
import { duration } from '../output/progress.ts';
import { type CauseNode, type TreeLine, treeLines } from './tree.ts';

const VERBS = { create: 'created', update: 'changed', delete: 'deleted' } as const;

export interface WhyTextOptions {
  /** The revisions of the object that was asked for; they are set off. */
  readonly own: ReadonlySet<number>;
  /** What requests changed, by revision, in a line each. */
  readonly changes: ReadonlyMap<number, readonly string[]>;
}

export function treesText(roots: readonly CauseNode[], options: WhyTextOptions): string {
  return treeLines(roots)
    .map((line) => lineText(line, options))
    .join('\n');
}

function lineText(
  { branch, record, parent, causeMissing }: TreeLine,
  { own, changes }: WhyTextOptions,
): string {
  const { rev, atMs, key, op, provenance } = record;
  const what = `${actorName(provenance.actor)} ${VERBS[op]} ${nameOf(key)}`;
  const when = parent ? `+${duration(atMs - parent.atMs)}` : new Date(atMs).toISOString();
  const because = provenance.because === undefined ? '' : `: ${provenance.because}`;
  const request = parent || causeMissing ? '' : `, request ${provenance.requestId}`;
  const missing = causeMissing ? `, because of revision ${provenance.cause}, which is not shown` : '';
  const told = own.has(rev) ? styleText('bold', what, { stream: process.stdout }) : what;
  const head = `${branch}${rev}  ${when}  ${told}${because}${request}${missing}`;
  const indent = ' '.repeat(branch.length + String(rev).length + 2);
  return [head, ...(changes.get(rev) ?? []).map((change) => `${indent}${change}`)].join('\n');
}

export interface WhyJson {
  readonly revision: number;
  readonly at: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly verb: string;
  readonly actor: string;
  readonly requestId: string;
  readonly cause: number | null;
  readonly because: string | null;
  readonly millisecondsAfterCause: number | null;
  readonly effects: readonly WhyJson[];
}

export function treeJson({ record, effects }: CauseNode, parent?: LogRecord): WhyJson {
  const { rev, atMs, key, op, provenance } = record;
  return {
    revision: rev,
    at: new Date(atMs).toISOString(),
    ...key,
    verb: op,
    actor: provenance.actor,
    requestId: provenance.requestId,
    cause: provenance.cause ?? null,
    because: provenance.because ?? null,
    millisecondsAfterCause: parent ? atMs - parent.atMs : null,
    effects: effects.map((effect) => treeJson(effect, record)),
  };
}
