/** `reckon apply --atomic`: server-side apply of many objects, all of them in one commit or none. */
import { ApiError, jsonEqual, type Revision } from '@reckon/api';
import type { ApiClient, Operation, ResourceType, Stored, Transacted } from '@reckon/client';
import { connect } from '../api/connect.ts';
import { DiscoveredKinds, type Kinds } from '../api/kinds.ts';
import { RestApi } from '../api/rest.ts';
import { CliError } from '../errors.ts';
import { type Problem, placeText, readDocuments, type Source } from '../manifest/documents.ts';
import { readSources } from '../manifest/files.ts';
import { problemsOf } from '../manifest/problems.ts';
import { resolve, type Wanted } from '../manifest/resolve.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';

export interface ApplyOptions {
  readonly filename: readonly string[];
  readonly recursive?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly namespace?: string | undefined;
  /** Take fields that others manage. */
  readonly forceConflicts?: boolean | undefined;
  readonly fieldManager: string;
}

export interface Applied {
  readonly dryRun: boolean;
  /** Absent if nothing had to be written. */
  readonly revisions?: { readonly first: Revision; readonly last: Revision } | undefined;
  readonly objects: readonly AppliedObject[];
  readonly warnings: readonly string[];
}

export interface AppliedObject {
  /** As kubectl writes it: `deployment.apps`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly outcome: 'created' | 'configured' | 'unchanged';
}

export async function apply(stateDir: string, options: ApplyOptions): Promise<Applied> {
  const sources = await readSources({ names: options.filename, recursive: options.recursive === true });
  const layout = layoutOf(stateDir);
  const api = connect(stateDir);
  try {
    const kinds = new DiscoveredKinds(new RestApi(layout, requireSettings(layout)));
    return await applyAll({ api, kinds }, sources, options);
  } finally {
    api.close();
  }
}

/** @throws CliError that tells everything that is wrong; nothing has been written then. */
export async function applyAll(
  { api, kinds }: { readonly api: ApiClient; readonly kinds: Kinds },
  sources: readonly Source[],
  options: Omit<ApplyOptions, 'filename' | 'recursive'>,
): Promise<Applied> {
  const read = sources.map(readDocuments);
  const found = read.flatMap(({ objects }) => objects);
  const { wanted, problems } = await resolve(found, { kinds, namespace: options.namespace });
  const all = [...read.flatMap((one) => one.problems), ...problems];
  if (all.length > 0) throw refusal(all);
  if (wanted.length === 0) throw new CliError('there is no object in what -f names');
  const before = await Promise.all(wanted.map((one) => present(api, one)));
  const operations = wanted.map(
    ({ resource, object }): Operation => ({
      verb: 'apply',
      resource,
      object,
      force: options.forceConflicts === true,
    }),
  );
  const dryRun = options.dryRun === true;
  try {
    const result = await api.transact(operations, {
      dryRun,
      fieldManager: options.fieldManager,
      fieldValidation: 'Strict',
    });
    return appliedOf({ wanted, before, result, dryRun });
  } catch (error) {
    throw error instanceof ApiError ? refused(error, wanted) : error;
  }
}

async function present(api: ApiClient, { resource, namespace, name }: Wanted): Promise<Stored | undefined> {
  try {
    return await api.get(resource, { namespace, name });
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
    throw error;
  }
}

interface Outcome {
  readonly wanted: readonly Wanted[];
  readonly before: readonly (Stored | undefined)[];
  readonly result: Transacted;
  readonly dryRun: boolean;
}

function appliedOf({ wanted, before, result, dryRun }: Outcome): Applied {
  const objects = wanted.map(({ resource, namespace, name }, i): AppliedObject => {
    const outcome = outcomeOf(before[i], result.objects[i]);
    return { kind: kindName(resource), namespace, name, outcome };
  });
  const wrote = !dryRun && objects.some(({ outcome }) => outcome !== 'unchanged');
  const { firstRevision: first, revision: last, warnings } = result;
  return { dryRun, revisions: wrote ? { first, last } : undefined, objects, warnings };
}

/** Its uid says whether it is the one that was there. */
function outcomeOf(before: Stored | undefined, after: Stored | undefined): AppliedObject['outcome'] {
  if (!before || before.metadata.uid !== after?.metadata.uid) return 'created';
  return jsonEqual(before, after) ? 'unchanged' : 'configured';
}

function refused(error: ApiError, wanted: readonly Wanted[]): CliError {
  const problems = problemsOf(error).map(({ operation, message }) => {
    const about = operation === undefined ? undefined : wanted[operation];
    return about
      ? { place: about.place, object: `${about.resource.kind} ${about.name}`, message }
      : { place: undefined, message };
  });
  return refusal(problems, hintFor(problems), error);
}

/** Fields that others manage can be taken; an object that has changed since it was read must be read again. */
function hintFor(problems: readonly { readonly message: string }[]): string | undefined {
  const says = (what: RegExp) => problems.some(({ message }) => what.test(message));
  if (says(/conflict with/)) return 'take the fields from those who manage them with --force-conflicts';
  if (says(/has been modified/))
    return 'read it again and apply your changes to that, or leave metadata.resourceVersion out';
  return undefined;
}

function refusal(
  problems: readonly (Omit<Problem, 'place'> & { readonly place: Problem['place'] | undefined })[],
  hint?: string,
  cause?: Error,
): CliError {
  const lines = problems.map(({ place, object, message }) =>
    [...(place ? [placeText(place)] : []), ...(object ? [object] : []), message].join(': '),
  );
  const count = lines.length === 1 ? 'one thing is wrong' : `${lines.length} things are wrong`;
  return new CliError(`nothing was written, ${count}:\n  ${lines.join('\n  ')}`, hint, { cause });
}

export function appliedText({ objects, revisions, dryRun }: Applied): string {
  const how = dryRun ? ' (dry run)' : '';
  const lines = objects.map(({ kind, name, outcome }) => `${kind}/${name} ${outcome}${how}`);
  if (!revisions) return [...lines, dryRun ? 'nothing was written' : 'nothing had to be written'].join('\n');
  const { first, last } = revisions;
  const span = first === last ? `revision ${first}` : `revisions ${first} to ${last}`;
  return [...lines, `one commit, ${span}`].join('\n');
}

function kindName({ kind, group }: ResourceType): string {
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}
