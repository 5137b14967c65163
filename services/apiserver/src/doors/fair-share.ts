/**
 * Who may begin one more request of a class. As long as half of the places are free everybody may; after that only who
 * has less than his share, which is an equal one for all that are busy and for one that may yet come. So one user alone
 * gets half, two get a third each, and whoever comes next finds a place.
 */
export class FairShare {
  readonly #places: number;
  readonly #taken = new Map<string, number>();
  #total = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** True: it has begun, and `leave` has to follow. */
  enter(user: string): boolean {
    const own = this.#taken.get(user) ?? 0;
    const busy = this.#taken.size + (own === 0 ? 1 : 0);
    const share = Math.max(1, Math.floor(this.#places / (busy + 1)));
    if (this.#total >= this.#places) return false;
    if (this.#total >= this.#places / 2 && own >= share) return false;
    this.#taken.set(user, own + 1);
    this.#total++;
    return true;
  }

  leave(user: string): void {
    const own = this.#taken.get(user) ?? 0;
    if (own > 1) this.#taken.set(user, own - 1);
    else this.#taken.delete(user);
    this.#total--;
  }
}
