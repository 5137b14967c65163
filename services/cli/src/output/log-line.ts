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

/** One event of the log for people: revision, time, who did what, from which cause, and why. */
export function logLine({ rev, atMs, key, op, provenance }: LogRecord): string {
  const { actor, cause, because } = provenance;
  const at = new Date(atMs).toISOString().slice(11, 23);
  const who = actorName(actor);
  const what = `${key.resource}/${key.name}${key.namespace === '' ? '' : ` in ${key.namespace}`}`;
  const why = `${cause === undefined ? '' : `  ⟵ ${cause}`}${because === undefined ? '' : `  ${because}`}`;
  return `${String(rev).padStart(6)}  ${at}  ${who.padEnd(18)} ${op.padEnd(6)} ${what}${why}`;
}
