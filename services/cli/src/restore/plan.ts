/**
 * What to write so that a namespace, or one object, is as it was. Pure: it reads no clock and no cluster. Planning
 * against the state that a plan leads to gives nothing more to do.
 */
import { jsonEqual } from '@reckon/api';
import type { ResourceType } from '@reckon/client';
import { inCreationOrder } from '../manifest/order.ts';
import { controllerOf, hasEnded, isControlled, isGoing, isRestorable, isShredded } from './restorable.ts';
import { type Settling, settle } from './settle.ts';
import type { Action, AnObject, Note, Plan, PlanInput, Snapped, Wanted } from './types.ts';
import { updateOf, wantedAnew, wantedOf } from './wanted.ts';

export function planRestore(input: PlanInput): Plan {
  const planning = new Planning(input);
  return input.scope.kind === 'namespace'
    ? planning.namespace(input.scope.namespace)
    : planning.object(input.scope);
}

/** `service/web`, `deployment.apps/web`. */
export function labelOf({ group, kind }: ResourceType, name: string): string {
  return `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${name}`;
}

const SHREDDED = 'was shredded since: nobody can know any more what it was then';

class Planning {
  readonly #input: PlanInput;
  readonly #then: ReadonlyMap<string, Snapped>;
  readonly #now: ReadonlyMap<string, Snapped>;
  readonly #presentUids: ReadonlySet<string>;
  readonly #actions: Action[] = [];
  readonly #notes: Note[] = [];
  readonly #obstacles: Note[] = [];

  constructor(input: PlanInput) {
    this.#input = input;
    this.#then = byId(input.then);
    this.#now = byId(input.now);
    this.#presentUids = new Set(input.now.map(({ object }) => object.metadata.uid));
  }

  namespace(name: string): Plan {
    const id = `namespaces /${name}`;
    const then = this.#then.get(id);
    const now = this.#now.get(id)?.object;
    if (!then || isGoing(then.object)) {
      const another = now ? ', or was another one: to read that takes the right to its history' : '';
      const why = then ? 'it was being deleted at that moment' : `it did not exist at that moment${another}`;
      this.#obstacles.push({ object: `namespace/${name}`, sentence: why });
      return this.#plan();
    }
    if (now && now.metadata.uid !== then.object.metadata.uid)
      this.#note(
        then,
        'is another one than it was then; to read the earlier one takes the right to its history',
      );
    this.#bringBack(then);
    // What its end has not reached yet goes with it: nothing can be said of the rest.
    if (this.#obstacles.length > 0) return this.#plan();
    const doomed = this.#unwanted();
    for (const { resource, object } of doomed) this.#actions.push({ kind: 'delete', resource, now: object });
    for (const snapped of restorable(this.#input.then))
      if (snapped !== then && !isGoing(snapped.object)) this.#bringBack(snapped, doomed);
    return this.#plan();
  }

  object({ resource, namespace, name }: PlanInput['scope'] & { kind: 'object' }): Plan {
    const label = labelOf(resource, name);
    const refuse = (sentence: string): Plan => {
      this.#obstacles.push({ object: label, sentence });
      return this.#plan();
    };
    const then = this.#then.get(`${resource.groupResource} ${namespace}/${name}`);
    if (!then) return refuse('it did not exist at that moment');
    if (isGoing(then.object)) return refuse('it was being deleted at that moment');
    if (isShredded(then.object)) return refuse(SHREDDED);
    if (isControlled(then.object)) return refuse(`${controllerOf(then.object)} makes it: restore that one`);
    if (!restorable(this.#input.then).includes(then)) return refuse('the cluster itself keeps it');
    if (resource.namespaced && !this.#now.has(`namespaces /${namespace}`))
      return refuse(`its namespace ${namespace} is not there: restore that first`);
    this.#bringBack(then);
    return this.#plan();
  }

  /** What did not exist then. */
  #unwanted(): readonly Snapped[] {
    return restorable(this.#input.now).filter((now) => {
      const then = this.#then.get(idOf(now));
      if (isGoing(now.object) || (then && !isGoing(then.object))) return false;
      if (now.resource.groupResource === 'namespaces') return false;
      if (now.resource.groupResource !== 'persistentvolumeclaims') return true;
      this.#note(now, 'did not exist then, and stays, because its volume holds data');
      return false;
    });
  }

  #bringBack(then: Snapped, doomed: readonly Snapped[] = []): void {
    if (isShredded(then.object)) {
      this.#note(then, SHREDDED);
      return;
    }
    const now = this.#now.get(idOf(then))?.object;
    const { resource } = then;
    if (now && isControlled(now)) {
      this.#note(then, `was nobody's then, and is made by ${controllerOf(now)} now: it is left to that`);
      return;
    }
    if (now && isGoing(now)) {
      this.#obstacle(then, `is being deleted${waitingFor(now)}: restore again when it is gone`);
      return;
    }
    const settling: Omit<Settling, 'wanted' | 'now'> = {
      then,
      holderOf: (what) => this.#holderOf(what, then, doomed),
    };
    if (!now) {
      if (hasEnded(then)) this.#note(then, 'had ended by then, and is not run again');
      else this.#actions.push({ kind: 'create', resource, wanted: this.#anew(settling) });
      return;
    }
    const { wanted, sentences } = settle({ ...settling, wanted: wantedOf(then.object), now });
    if (jsonEqual(wanted, wantedOf(now))) {
      for (const sentence of sentences) this.#note(then, sentence);
      return;
    }
    const update = updateOf(now, wanted);
    const [cause] = this.#input.unchangeable(resource, now, update);
    if (!cause) {
      for (const sentence of sentences) this.#note(then, sentence);
      this.#actions.push({ kind: 'update', resource, now, wanted: update });
      return;
    }
    const because = `${cause.field || 'its content'} cannot change in place, so it is deleted and made anew`;
    if ((now.metadata.finalizers ?? []).length > 0) {
      this.#obstacle(
        then,
        `${because}; but it has finalizers and would not be gone at once: delete it first`,
      );
      return;
    }
    this.#actions.push({ kind: 'remake', resource, now, wanted: this.#anew(settling), because });
  }

  #anew(settling: Omit<Settling, 'wanted' | 'now'>): Wanted {
    const { then } = settling;
    const anew = wantedAnew(then, this.#presentUids);
    const before = then.object.metadata.ownerReferences?.length ?? 0;
    const owners = anew.metadata.ownerReferences;
    if (before > (Array.isArray(owners) ? owners.length : 0))
      this.#note(then, 'belongs to nothing any more: what it belonged to is gone');
    const { wanted, sentences } = settle({ ...settling, wanted: anew, now: undefined });
    for (const sentence of sentences) this.#note(then, sentence);
    return wanted;
  }

  /** Whoever goes with this restore leaves what it has, and whoever is put back leaves the ports it took since. */
  #holderOf(what: string, { object }: Snapped, doomed: readonly Snapped[]): string | undefined {
    const { namespace = '', name } = object.metadata;
    const { scope } = this.#input;
    const gone = new Set(doomed.map(idOf));
    const holder = this.#input.claims.find((claim) => {
      if (claim.what !== what || (claim.namespace === namespace && claim.name === name)) return false;
      const id = `services ${claim.namespace}/${claim.name}`;
      const putBack = scope.kind === 'namespace' && what.startsWith('port ') && this.#then.has(id);
      return !gone.has(id) && !putBack;
    });
    return holder && `service/${holder.name} in ${holder.namespace}`;
  }

  #note({ resource, object }: Snapped, sentence: string): void {
    if (sentence !== '') this.#notes.push({ object: labelOf(resource, object.metadata.name), sentence });
  }

  #obstacle({ resource, object }: Snapped, sentence: string): void {
    this.#obstacles.push({ object: labelOf(resource, object.metadata.name), sentence });
  }

  /** The namespace first, then what goes (it may hold what others need), then what comes: of each kind, changes first. */
  #plan(): Plan {
    const rank = ({ kind, resource }: Action) =>
      resource.groupResource === 'namespaces' ? 0 : kind === 'delete' ? 1 : 2;
    const changesFirst = this.#actions.toSorted(
      (a, b) => Number(a.kind === 'create') - Number(b.kind === 'create'),
    );
    const ordered = inCreationOrder(changesFirst, ({ resource }) => resource.groupResource);
    return {
      actions: ordered.toSorted((a, b) => rank(a) - rank(b)),
      notes: this.#notes,
      obstacles: this.#obstacles,
    };
  }
}

function restorable(snapped: readonly Snapped[]): readonly Snapped[] {
  const services = new Map(
    snapped
      .filter(({ resource }) => resource.groupResource === 'services')
      .map(({ object }) => [object.metadata.name, object]),
  );
  return snapped.filter((one) => isRestorable(one, services));
}

function byId(snapped: readonly Snapped[]): ReadonlyMap<string, Snapped> {
  return new Map(snapped.map((one) => [idOf(one), one]));
}

function idOf({ resource, object }: Snapped): string {
  const { namespace = '', name } = object.metadata;
  return `${resource.groupResource} ${namespace}/${name}`;
}

function waitingFor({ metadata }: AnObject): string {
  const { finalizers = [] } = metadata;
  return finalizers.length === 0 ? '' : ` and waits for ${finalizers.join(', ')}`;
}
