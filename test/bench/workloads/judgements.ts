import type { LogRecord, Revision } from '@reckon/api';
import type { GrpcApi } from '@reckon/client';
import { CONTROLLERS, wholeLog } from './log-writes.ts';

/** What the controllers did to nodes, and to pods, after a revision: nothing, as long as all is well. */
export async function judgements(api: GrpcApi, after: Revision): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { records } of wholeLog(api, after))
    lines.push(...records.filter(isJudgement).map(lineOf));
  return lines;
}

function isJudgement({ key, provenance }: LogRecord): boolean {
  return provenance.actor === CONTROLLERS && ['nodes', 'pods'].includes(key.resource);
}

function lineOf({ rev, atMs, op, key, provenance }: LogRecord): string {
  return `${rev} ${new Date(atMs).toISOString()} ${op} ${key.resource}/${key.name}: ${provenance.because}`;
}
