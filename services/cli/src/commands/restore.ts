/** `reckon restore`: a namespace, or an object, as it was; as one transaction, in the log like any other. */
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { ApiError, type Revision } from '@reckon/api';
import { type GrpcApi, NAMESPACES, resourceType } from '@reckon/client';
import { systemClock } from '@reckon/service';
import { connect } from '../api/connect.ts';
import { DiscoveredKinds } from '../api/kinds.ts';
import { RestApi } from '../api/rest.ts';
import { CliError } from '../errors.ts';
import { findKind, servedKinds } from '../history/find-kind.ts';
import { problemsOf } from '../manifest/problems.ts';
import { carryOut } from '../restore/carry-out.ts';
import { type Step, stepsOf } from '../restore/operations.ts';
import { labelOf, planRestore } from '../restore/plan.ts';
import { changesOf, planText } from '../restore/plan-text.ts';
import { unchangeableRules } from '../restore/rules.ts';
import { claimsAt, snapshotOf } from '../restore/snapshot.ts';
import type { Note, Plan, Scope } from '../restore/types.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';
import { resolveWhen } from '../when/resolve-when.ts';

export interface RestoreOptions {
  /** WHEN. */
  readonly at: string;
  /** Of an object; absent: `default`. */
  readonly namespace?: string | undefined;
  readonly dryRun?: boolean | undefined;
  /** Do not ask. */
  readonly yes?: boolean | undefined;
  readonly showSecrets?: boolean | undefined;
  readonly output?: string | undefined;
}

/** Of the writes: all at consecutive revisions. */
interface Written {
  readonly first: Revision;
  readonly last: Revision;
}

interface Restore {
  readonly what: string;
  readonly scope: Scope;
  readonly revision: Revision;
  readonly at: string;
  readonly plan: Plan;
  readonly steps: readonly Step[];
}

const FIELD_MANAGER = 'reckon-restore';
const TIMEOUT_MS = 60_000;

/** Shows the plan, asks, and carries it out. False if somebody said no. */
export async function restore(stateDir: string, what: string, options: RestoreOptions): Promise<boolean> {
  const api = connect(stateDir);
  const show = (text: string) => {
    if (options.output !== 'json') console.log(text);
  };
  try {
    const planner = await plannerOf(api, stateDir, { what, options });
    const made = await planner.prepare();
    const { plan, steps, revision, at } = made;
    show(`${what} as of revision ${revision} (${at}):`);
    if (plan.obstacles.length > 0) throw cannot(made, plan.obstacles);
    const text = planText(plan, { showSecrets: options.showSecrets === true });
    if (text !== '') show(text);
    if (steps.length === 0) {
      show('it is as it was then: there is nothing to do');
      if (options.output === 'json') console.log(json(made, options, undefined));
      return true;
    }
    // What would be refused is refused before anybody is asked.
    const tried = await attempt(planner, made, (one) => transact(api, one, true));
    if (options.dryRun) show('nothing was written (dry run)');
    else if (!(await agreed(options, steps.length))) return false;
    const done = options.dryRun
      ? undefined
      : await attempt(planner, tried.made, (one) => transact(api, one, false));
    if (done) show(doneText(done.made, done.written));
    if (options.output === 'json') console.log(json(made, options, done?.written));
    return true;
  } finally {
    api.close();
  }
}

interface Planner {
  /** Against the present, whenever it is called; the past stays the same. */
  prepare(): Promise<Restore>;
}

async function plannerOf(
  api: GrpcApi,
  stateDir: string,
  { what, options }: { readonly what: string; readonly options: RestoreOptions },
): Promise<Planner> {
  const layout = layoutOf(stateDir);
  const rest = new RestApi(layout, requireSettings(layout));
  const scope = await scopeOf(rest, what, options.namespace);
  const { revision, at } = await resolveWhen(api, options.at, systemClock);
  const kinds = scope.kind === 'namespace' ? await new DiscoveredKinds(rest).writable() : [];
  const then = await snapshotOf(api, { scope, revision, kinds });
  const unchangeable = unchangeableRules();
  return {
    async prepare() {
      const { head } = await api.resolveRevision();
      const [now, claims] = await Promise.all([
        snapshotOf(api, { scope, revision: head, kinds }),
        claimsAt(api, head),
      ]);
      const plan = planRestore({ scope, then, now, claims, unchangeable });
      return { what, scope, revision, at, plan, steps: stepsOf(plan) };
    },
  };
}

async function attempt(
  { prepare }: Planner,
  agreed: Restore,
  write: (made: Restore) => Promise<Written>,
): Promise<{ readonly written: Written; readonly made: Restore }> {
  let latest = agreed;
  try {
    const outcome = await carryOut(agreed, {
      prepare: async () => {
        latest = await prepare();
        return latest;
      },
      write,
      isSame: (one, other) => meaning(one) === meaning(other),
    });
    if ('done' in outcome) return { written: outcome.done, made: outcome.made };
  } catch (error) {
    throw error instanceof ApiError ? refused(error, latest) : error;
  }
  throw new CliError(
    `${agreed.what} has changed meanwhile, so that the plan is another one now; nothing was written`,
    'run it again to see the new plan',
  );
}

/** What somebody agrees to: everything but the revisions that it is planned against. */
function meaning({ plan }: Restore): string {
  return JSON.stringify([
    plan.actions.map((action) => changesOf(action, { showSecrets: true })),
    plan.notes,
    plan.obstacles,
  ]);
}

/** NAMESPACE, or KIND/NAME as kubectl takes it; `namespace/shop` is the namespace with all that is in it. */
async function scopeOf(rest: RestApi, what: string, namespace: string | undefined): Promise<Scope> {
  const [kindText = '', name, ...more] = what.split('/');
  if (kindText === '' || name === '' || more.length > 0)
    throw new CliError(
      `${JSON.stringify(what)} names nothing`,
      'write NAMESPACE or KIND/NAME, as in deployment/web',
    );
  if (name === undefined) {
    if (namespace !== undefined && namespace !== kindText)
      throw new CliError(
        `${kindText} would be restored as a namespace, but -n says ${namespace}`,
        'to restore one object, write KIND/NAME',
      );
    return { kind: 'namespace', namespace: kindText };
  }
  const { group, version, resource, kind, namespaced } = findKind(await servedKinds(rest), kindText);
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const type = resourceType(apiVersion, resource, kind, namespaced ? 'Namespaced' : 'Cluster');
  if (type.groupResource === NAMESPACES.groupResource) return { kind: 'namespace', namespace: name };
  return { kind: 'object', resource: type, namespace: namespaced ? (namespace ?? 'default') : '', name };
}

async function transact(api: GrpcApi, { steps, revision }: Restore, dryRun: boolean): Promise<Written> {
  const result = await api.transact(
    steps.map(({ operation }) => operation),
    {
      dryRun,
      because: `restored to revision ${revision} by ${userInfo().username}`,
      fieldManager: FIELD_MANAGER,
      fieldValidation: 'Ignore',
      timeoutMs: TIMEOUT_MS,
    },
  );
  return { first: result.firstRevision, last: result.revision };
}

/** Everything that the server finds wrong with it, each with the object that it is about. */
function refused(error: ApiError, made: Restore): CliError {
  const problems = problemsOf(error).map(({ operation, message }) => {
    const action = operation === undefined ? undefined : made.steps[operation]?.action;
    const object = action ? changesOf(action, { showSecrets: false }).object : 'the transaction';
    return { object, sentence: message };
  });
  return cannot(made, problems);
}

function cannot({ what, revision }: Restore, why: readonly Note[]): CliError {
  const lines = why.map(({ object, sentence }) => `\n  ${object}: ${sentence}`);
  return new CliError(
    `${what} cannot be made as it was at revision ${revision}; nothing was written${lines.join('')}`,
  );
}

async function agreed({ yes }: RestoreOptions, writes: number): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new CliError(
      'restore asks before it writes, and there is no terminal to ask on; nothing was written',
      'say --yes to go ahead, or --dry-run to look only',
    );
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const much = writes === 1 ? 'one write' : `one transaction of ${writes} writes`;
    const answer = await terminal.question(`carry this out, in ${much}? [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return true;
    console.log('nothing was written');
    return false;
  } finally {
    terminal.close();
  }
}

function doneText(made: Restore, { first, last }: Written): string {
  const span = first === last ? `revision ${first}` : `revisions ${first} to ${last}`;
  return `done in one commit, ${span}; to undo it:\n  ${undoOf(made, first)}`;
}

/** What brings back what was there before; of what was not there, what takes it away. */
function undoOf({ scope, what, plan }: Restore, first: Revision): string {
  const created = plan.actions.find(({ kind, resource }) =>
    scope.kind === 'namespace'
      ? kind === 'create' && resource.groupResource === NAMESPACES.groupResource
      : kind === 'create',
  );
  const inside = scope.kind === 'object' && scope.namespace !== '' ? ` -n ${scope.namespace}` : '';
  if (!created) return `./reckon restore ${what}${inside} --at ${first - 1}`;
  const label =
    scope.kind === 'namespace' ? `namespace/${scope.namespace}` : labelOf(scope.resource, scope.name);
  return `./reckon kubectl delete ${label}${inside}`;
}

function json(made: Restore, options: RestoreOptions, written: Written | undefined): string {
  const { what, revision, at, plan } = made;
  return JSON.stringify(
    {
      what,
      revision,
      at,
      dryRun: options.dryRun === true,
      actions: plan.actions.map((action) => changesOf(action, { showSecrets: options.showSecrets === true })),
      notes: plan.notes,
      written: written ? { ...written, undo: undoOf(made, written.first) } : null,
    },
    null,
    2,
  );
}
