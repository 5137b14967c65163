import { type Action, operationKey, type PlanInput, type PodEvent } from './types.ts';

/** A plan while it is being made. */
export class Draft {
  readonly #input: PlanInput;
  readonly #actions: Action[] = [];
  #wakeAtMs: number | undefined;

  constructor(input: PlanInput) {
    this.#input = input;
  }

  get actions(): readonly Action[] {
    return this.#actions;
  }

  get wakeAtMs(): number | undefined {
    return this.#wakeAtMs;
  }

  /** Unless the same is under way. */
  act(action: Action): void {
    if (!this.#input.observed.underWay.has(operationKey(action))) this.#actions.push(action);
  }

  /** Tells people, once for each key. */
  announce(key: string, event: PodEvent): void {
    if (!this.#input.observed.announced.has(key)) this.act({ do: 'announce', key, event });
  }

  /** Plan again at this time at the latest; true if it has come. */
  isDue(atMs: number): boolean {
    if (atMs <= this.#input.nowMs) return true;
    this.#wakeAtMs = Math.min(this.#wakeAtMs ?? atMs, atMs);
    return false;
  }
}
