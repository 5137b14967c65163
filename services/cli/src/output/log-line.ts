import type { LogRecord } from '@reckon/api';

const ACTOR_NAMES: { readonly [actor: string]: string } = {
  'system:apiserver': 'apiserver',
  'system:kube-scheduler': 'scheduler',
  'system:kube-controller-manager': 'controllers',
};

/** A user for people: the parts of the cluster by their plain names. */
export function actorName(actor: string): string {
  return ACTOR_NAMES[actor] ?? actor.replace('system:node:', 'node ').replace('system:serviceaccount:', '');
}

/** The user behind a name that `actorName` gave; any other name is a user's own. */
export function actorNamed(name: string): string {
  const known = Object.entries(ACTOR_NAMES).find(([, plain]) => plain === name);
  if (known) return known[0];
  return name.startsWith('node ') ? `system:node:${name.slice('node '.length)}` : name;
}

const TRANSACTION = 'transact';

/**
 * The verb of the API by which it was asked for, in brackets, where that says more than what was done: an update
 * ` (patch scale)`, a deletion ` (eviction)`, a creation ` (apply)`, in a transaction ` (transact patch)`. Otherwise
 * empty.
 */
export function askedBy({ op, provenance }: Pick<LogRecord, 'op' | 'provenance'>): string {
  const asked = (provenance.via ?? op).split('/');
  const within = asked[0] === TRANSACTION ? [TRANSACTION] : [];
  const [verb = op, subresource] = asked.slice(within.length);
  // What is posted to a subresource is an act of that name.
  const alone = verb === op || (verb === 'create' && subresource) ? '' : verb;
  const told = [...within, alone, subresource ?? ''];
  const how = told.filter((part) => part !== '').join(' ');
  return how === '' ? '' : ` (${how})`;
}

/** One event of the log for people: revision, time, who did what, from which cause, and why. */
export function logLine(record: LogRecord): string {
  const { rev, atMs, key, op, provenance } = record;
  const { actor, cause, because } = provenance;
  const at = new Date(atMs).toISOString().slice(11, 23);
  const who = actorName(actor);
  const what = `${key.resource}/${key.name}${key.namespace === '' ? '' : ` in ${key.namespace}`}`;
  const why = `${cause === undefined ? '' : `  ⟵ ${cause}`}${because === undefined ? '' : `  ${because}`}`;
  return `${String(rev).padStart(6)}  ${at}  ${who.padEnd(18)} ${op.padEnd(6)} ${what}${askedBy(record)}${why}`;
}
