/**
 * Hands each change to the watches it may concern. A watch is filed under one term, the most selective that its
 * selection implies, and a change is offered only under the terms that it has: a thousand node agents that each
 * follow the pods of their own node cost one lookup a change, not a thousand.
 */
import type { Change } from './change.ts';
import { pathOf } from './resource-cache.ts';

/** What a live watch is to the dispatcher. */
export interface Subscriber {
  readonly resource: string;
  readonly term: string;
  /** Must not throw; keeps the change or drops it. */
  offer(change: Change): void;
}

export const EVERYTHING_TERM = '';

export function namespaceTerm(namespace: string): string {
  return `n/${namespace}`;
}

export function objectTerm(path: string): string {
  return `o/${path}`;
}

export function nodeTerm(nodeName: string): string {
  return `m/${nodeName}`;
}

interface Room {
  readonly byTerm: Map<string, Set<Subscriber>>;
  count: number;
}

export class Dispatcher {
  readonly #rooms = new Map<string, Room>();

  add(subscriber: Subscriber): void {
    let room = this.#rooms.get(subscriber.resource);
    if (!room) {
      room = { byTerm: new Map(), count: 0 };
      this.#rooms.set(subscriber.resource, room);
    }
    let set = room.byTerm.get(subscriber.term);
    if (!set) {
      set = new Set();
      room.byTerm.set(subscriber.term, set);
    }
    if (!set.has(subscriber)) room.count++;
    set.add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    const room = this.#rooms.get(subscriber.resource);
    const set = room?.byTerm.get(subscriber.term);
    if (!room || !set?.delete(subscriber)) return;
    room.count--;
    if (set.size === 0) room.byTerm.delete(subscriber.term);
    if (room.count === 0) this.#rooms.delete(subscriber.resource);
  }

  /** Offers the change to every subscriber that it may concern, to each once. */
  dispatch(change: Change): void {
    const { key } = change.entry;
    const room = this.#rooms.get(key.resource);
    if (!room) return;
    offer(room.byTerm.get(EVERYTHING_TERM), change);
    if (room.byTerm.size === 1 && room.byTerm.has(EVERYTHING_TERM)) return;
    offer(room.byTerm.get(namespaceTerm(key.namespace)), change);
    offer(room.byTerm.get(objectTerm(pathOf(key))), change);
    const { nodeName } = change.entry.selectable;
    if (nodeName !== undefined) offer(room.byTerm.get(nodeTerm(nodeName)), change);
    const before = change.previous?.selectable.nodeName;
    if (before !== undefined && before !== nodeName) offer(room.byTerm.get(nodeTerm(before)), change);
  }
}

function offer(subscribers: ReadonlySet<Subscriber> | undefined, change: Change): void {
  if (!subscribers) return;
  for (const subscriber of subscribers) subscriber.offer(change);
}
