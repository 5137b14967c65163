/** What became of the requests of the flood. */
export class Tally {
  creates = 0;
  lists = 0;
  /** Told to come back later, and when. */
  refused = 0;
  /** Refused without saying when to come back, or failed otherwise. */
  failed = 0;
  /** Of the last failure. */
  example = '';

  fail(error: unknown, isRefusal: (text: string) => boolean): void {
    const text = error instanceof Error ? error.message : String(error);
    if (isRefusal(text)) {
      this.refused++;
      return;
    }
    this.failed++;
    this.example = text;
  }
}

export interface Hammer {
  start(): void;
  /** Resolves when everything is closed. */
  stop(): Promise<Tally>;
}

export const CREATORS = 150;
export const LISTERS = 150;
export const WATCHERS = 200;
