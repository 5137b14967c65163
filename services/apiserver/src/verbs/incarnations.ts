/**
 * Time travel sees only the present incarnation of a namespace: what lay in an earlier one of the same name belonged to
 * somebody else, unless the reader has the right to `history` (design, "The log").
 */
import type { ObjectKey, Revision } from '@reckon/api';
import { pathOf } from '../cache/resource-cache.ts';
import type { Env } from './env.ts';

const NAMESPACES = 'namespaces';

export class Incarnations {
  readonly #env: Pick<Env, 'cache' | 'store'>;
  readonly #rev: Revision;
  readonly #present = new Map<string, Promise<boolean>>();

  /** @param rev that is looked at. */
  constructor(env: Pick<Env, 'cache' | 'store'>, rev: Revision) {
    this.#env = env;
    this.#rev = rev;
  }

  /** Was the object in a namespace that is still there? */
  async shows({ resource, namespace, name }: ObjectKey): Promise<boolean> {
    const container = resource === NAMESPACES ? name : namespace;
    return container === '' || this.#isPresent(container);
  }

  async visible<T extends { readonly key: ObjectKey }>(items: readonly T[]): Promise<readonly T[]> {
    const shown = await Promise.all(items.map(({ key }) => this.shows(key)));
    return shown.every(Boolean) ? items : items.filter((_, at) => shown[at]);
  }

  #isPresent(namespace: string): Promise<boolean> {
    let known = this.#present.get(namespace);
    if (!known) {
      known = this.#compare(namespace);
      this.#present.set(namespace, known);
    }
    return known;
  }

  async #compare(name: string): Promise<boolean> {
    const { cache, store } = this.#env;
    const now = cache.resource(NAMESPACES).get(pathOf({ namespace: '', name }));
    if (!now) return false;
    if (now.rev <= this.#rev) return true;
    const then = await store.getAt({ resource: NAMESPACES, namespace: '', name }, this.#rev);
    return then?.uid === now.uid;
  }
}
