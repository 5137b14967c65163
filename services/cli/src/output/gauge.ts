import { systemClock } from '@reckon/service';

const REDRAW_MS = 100;
/** Where nothing can be redrawn, a line now and then. */
const LINE_MS = 5_000;

/** How far a long piece of work is, on stderr: one line that is drawn anew, or a few lines where it is a file. */
export class Gauge {
  readonly #what: string;
  readonly #startMs = systemClock.monotonicMs();
  readonly #isTerminal = process.stderr.isTTY === true;
  #shownMs = this.#startMs;

  /** `folded`, as in "folded 1,000 of 2,000 revisions". */
  constructor(what: string) {
    this.#what = what;
  }

  show({ done, total }: { readonly done: number; readonly total: number }): void {
    const nowMs = systemClock.monotonicMs();
    if (nowMs - this.#shownMs < (this.#isTerminal ? REDRAW_MS : LINE_MS)) return;
    this.#shownMs = nowMs;
    const rate = Math.round((done * 1000) / Math.max(1, nowMs - this.#startMs));
    const text = `  ${this.#what} ${number(done)} of ${number(total)} revisions (${number(rate)}/s)`;
    process.stderr.write(this.#isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
  }

  end(): void {
    if (this.#isTerminal) process.stderr.write('\r\u001b[K');
  }

  get elapsedMs(): number {
    return systemClock.monotonicMs() - this.#startMs;
  }
}

/** `1,234,567` */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}
