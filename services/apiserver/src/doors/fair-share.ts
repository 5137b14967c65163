/**
 * Who may begin one more request of a class. As long as half of the places are free everybody may; after that only who
 * has less than his share, which is an equal one for all that are busy and for one that may yet come. So one user alone
 * gets half, two get a third each, and whoever comes next finds a place. Who finds none waits, behind his own.
 */
export class FairShare {
  readonly #places: number;
  readonly #queueLimit: number;
  readonly #taken = new Map<string, number>();
  /** Users in the order in which they are asked next. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #total = 0;

  constructor(places: number, queueLimit: number) {
    this.#places = places;
    this.#queueLimit = queueLimit;
  }

  /** How many of the user's wait. */
  waiting(user: string): number {
    return this.#waiting.get(user)?.length ?? 0;
  }

  /**
   * Begins, at once or when there is a place; `leave` has to follow.
   *
   * @returns false: it will not begin, as too many of the user's wait already.
   */
  enter(user: string, begin: () => void): boolean {
    const queue = this.#waiting.get(user);
    if (!queue && this.#take(user)) {
      begin();
      return true;
    }
    if (this.waiting(user) >= this.#queueLimit) return false;
    if (queue) queue.push(begin);
    else this.#waiting.set(user, [begin]);
    return true;
  }

  leave(user: string): void {
    const own = this.#taken.get(user) ?? 0;
    if (own > 1) this.#taken.set(user, own - 1);
    else this.#taken.delete(user);
    this.#total--;
    for (let begin = this.#next(); begin; begin = this.#next()) begin();
  }

  #take(user: string): boolean {
    const own = this.#taken.get(user) ?? 0;
    const busy = this.#taken.size + (own === 0 ? 1 : 0);
    const share = Math.max(1, Math.floor(this.#places / (busy + 1)));
    if (this.#total >= this.#places) return false;
    if (this.#total >= this.#places / 2 && own >= share) return false;
    this.#taken.set(user, own + 1);
    this.#total++;
    return true;
  }

  /** What may begin, of the first user who may have a place. He goes behind the others. */
  #next(): (() => void) | undefined {
    for (const [user, queue] of this.#waiting) {
      if (!this.#take(user)) continue;
      const begin = queue.shift();
      this.#waiting.delete(user);
      if (queue.length > 0) this.#waiting.set(user, queue);
      return begin;
    }
    return undefined;
  }
}
