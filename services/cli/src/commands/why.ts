import type { LogRecord, ObjectKey, Revision } from '@reckon/api';
import { causesOf, EVENTS, type GrpcApi, lastRequest, ownRecords, type Trace } from '@reckon/client';
import { connect } from '../api/connect.ts';
import { CliError } from '../errors.ts';
import { nameOf } from '../history/find-kind.ts';
import { short } from '../history/history-text.ts';
import { jsonOf, revisionsOf } from '../history/revisions.ts';
import { obstaclesOf } from '../why/obstacles.ts';
import { causeTrees } from '../why/tree.ts';
import { treeJson, treesText } from '../why/why-text.ts';
import { findKey } from './history.ts';

export interface WhyOptions {
  readonly namespace?: string | undefined;
  /** Forwards: what a change of the object set off. */
  readonly effects?: boolean | undefined;
  /** The change to begin with; default: the last that was a request of its own. */
  readonly revision?: Revision | undefined;
  /** Event objects, which tell people what the tree shows anyway, are left out unless asked for. */
  readonly events?: boolean | undefined;
  readonly output?: string | undefined;
}

const CHANGES_SHOWN = 4;
const EVENTS_SHOWN = 5;

/** What led to the state of an object, or what a change of it set off. */
export async function why(stateDir: string, of: string, options: WhyOptions): Promise<string> {
  const api = connect(stateDir);
  try {
    const key = await findKey(stateDir, of, options.namespace);
    const own = await ownRecords(api, key);
    if (own.length === 0)
      throw new CliError(
        `there never was ${nameOf(key)}`,
        'is it in another namespace? -n NAMESPACE names it',
      );
    const answer = await answerOf(api, own, options);
    const records = options.events ? answer.records : answer.records.filter((one) => !isEvent(one));
    const roots = causeTrees(records);
    const news = options.effects ? [] : await newsOf(api, key, own);
    if (options.output === 'json') {
      const trees = roots.map((root) => treeJson(root));
      return JSON.stringify({ ...key, trees, truncated: answer.truncated, obstacles: news }, null, 2);
    }
    const tree = treesText(roots, {
      own: new Set(own.map(({ rev }) => rev)),
      changes: await changesOf(
        api,
        roots.map(({ record }) => record),
      ),
    });
    const cut = answer.truncated ? ['… and more: --output json names all that were read'] : [];
    const further = news.length > 0 ? ['', 'Why it is not further:', ...news.map((one) => `  ${one}`)] : [];
    return [tree, ...cut, ...further].join('\n');
  } finally {
    api.close();
  }
}

async function answerOf(
  api: GrpcApi,
  own: readonly LogRecord[],
  { effects, revision }: WhyOptions,
): Promise<Trace> {
  const from = effects
    ? [revision ?? lastRequest(own)]
    : revision !== undefined
      ? [revision]
      : own.map(({ rev }) => rev);
  const [first = 0] = from;
  const answer = await (effects ? api.trace(first, { effects }) : causesOf(api, from));
  if (!answer.records.some(({ rev }) => rev === first))
    throw new CliError(`there is no revision ${first}, or it is no longer kept`);
  return answer;
}

/** What the requests at the roots changed, seen against what was there before. */
async function changesOf(
  api: GrpcApi,
  roots: readonly LogRecord[],
): Promise<ReadonlyMap<Revision, readonly string[]>> {
  const changes = new Map<Revision, readonly string[]>();
  for (const record of roots.filter(({ op, prevRev }) => op === 'update' && prevRev > 0)) {
    const [before] = await Array.fromAsync(api.history(record.key, { before: record.rev, limit: 1 }));
    const [revision] = revisionsOf([record], { before, showSecrets: false });
    const told = revision?.changes?.slice(0, CHANGES_SHOWN).map((change) => short(change).trim()) ?? [];
    changes.set(record.rev, told);
  }
  return changes;
}

/** What the object's status and the last events about it say. */
async function newsOf(api: GrpcApi, key: ObjectKey, own: readonly LogRecord[]): Promise<readonly string[]> {
  const last = own.at(-1);
  if (!last || last.op === 'delete') return last ? [`it was deleted at revision ${last.rev}`] : [];
  if (!last.body || key.resource === 'secrets') return [];
  const obstacles = obstaclesOf(jsonOf(last.body));
  if (obstacles.length === 0) return [];
  return [...obstacles, ...(await eventsOf(api, last))];
}

interface Told {
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
  readonly metadata?: { readonly creationTimestamp?: string };
}

async function eventsOf(api: GrpcApi, { uid, key }: LogRecord): Promise<readonly string[]> {
  const { items } = await api.list(EVENTS, {
    namespace: key.namespace || 'default',
    fieldSelector: `involvedObject.uid=${uid}`,
  });
  const at = (event: Told) =>
    event.lastTimestamp ?? event.eventTime ?? event.metadata?.creationTimestamp ?? '';
  return items
    .toSorted((a, b) => at(a).localeCompare(at(b)))
    .slice(-EVENTS_SHOWN)
    .map((event) => {
      const times = (event.count ?? 1) > 1 ? ` (${event.count} times)` : '';
      return `event ${at(event)} ${event.reason}: ${event.message}${times}`;
    });
}

function isEvent({ key }: LogRecord): boolean {
  return key.resource === 'events' || key.resource === 'events.events.k8s.io';
}
