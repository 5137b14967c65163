/**
 * Whose turn it is to use the event loop: there is only one, and who has much to do would keep everybody waiting.
 *
 * What a user asks is his flow (KEP-1040: flow, fair queueing for server requests). As long as nobody waits, everything
 * begins as it comes, until the slice of this turn of the event loop is used up. What is left then waits, and after
 * sockets were looked at again goes on with the flow that has had the least time so far, a piece at a time. So whoever
 * asks for little goes before whoever asks for much, however much that is.
 */
import type { Clock } from '@reckon/service';

/** How much of the time a level gets, compared with the others, if all of them want it. */
const WEIGHTS = { system: 4, people: 1 } as const;

export type SharedLevel = keyof typeof WEIGHTS;

export interface FlowKey {
  readonly level: SharedLevel;
  readonly user: string;
}

export interface TurnsParts {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Calls back once sockets have been looked at. */
  readonly later: (callback: () => void) => void;
  readonly sliceMs: number;
}

interface Piece {
  readonly run: () => void;
  /** What it counts as at least: the rest of its work may come after it has begun. */
  readonly costMs: number;
}

interface Flow {
  usedMs: number;
  readonly waiting: Piece[];
}

class LevelQueue {
  readonly weight: number;
  readonly #flows = new Map<string, Flow>();
  readonly #waiting = new Set<Flow>();
  /** What the flow had used that was served last: who comes now starts there, and saves nothing up while away. */
  #servedMs = 0;
  usedMs = 0;

  constructor(weight: number) {
    this.weight = weight;
  }

  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  flow(user: string): Flow {
    let flow = this.#flows.get(user);
    if (!flow) {
      flow = { usedMs: this.#servedMs, waiting: [] };
      this.#flows.set(user, flow);
    }
    return flow;
  }

  push(flow: Flow, piece: Piece): void {
    if (flow.waiting.length === 0) flow.usedMs = Math.max(flow.usedMs, this.#servedMs);
    flow.waiting.push(piece);
    this.#waiting.add(flow);
  }

  /** The flow whose turn it is, and its next piece. */
  take(): { readonly flow: Flow; readonly piece: Piece } | undefined {
    let least: Flow | undefined;
    for (const flow of this.#waiting) if (!least || flow.usedMs < least.usedMs) least = flow;
    const piece = least?.waiting.shift();
    if (!least || !piece) return undefined;
    if (least.waiting.length === 0) this.#waiting.delete(least);
    this.#servedMs = least.usedMs;
    return { flow: least, piece };
  }

  forget(): void {
    this.#flows.clear();
    this.#servedMs = 0;
    this.usedMs = 0;
  }
}

export class Turns {
  readonly #parts: TurnsParts;
  readonly #levels: Readonly<Record<SharedLevel, LevelQueue>> = {
    system: new LevelQueue(WEIGHTS.system),
    people: new LevelQueue(WEIGHTS.people),
  };
  /** Of the present turn of the event loop. */
  #usedMs = 0;
  #isScheduled = false;

  constructor(parts: TurnsParts) {
    this.#parts = parts;
  }

  /** Runs it, at once or when its turn has come. Its time is measured until it returns, and counts as `costMs` at least. */
  take({ level, user }: FlowKey, run: () => void, costMs = 0): void {
    this.#schedule();
    const queue = this.#levels[level];
    const flow = queue.flow(user);
    const piece = { run, costMs };
    if (!this.#isWaiting && this.#usedMs < this.#parts.sliceMs) this.#run(queue, flow, piece);
    else this.#enqueue(queue, flow, piece);
  }

  get #isWaiting(): boolean {
    return this.#levels.system.isWaiting || this.#levels.people.isWaiting;
  }

  #enqueue(queue: LevelQueue, flow: Flow, piece: Piece): void {
    const { system, people } = this.#levels;
    if (!queue.isWaiting) {
      const other = queue === system ? people : system;
      if (other.isWaiting) queue.usedMs = Math.max(queue.usedMs, other.usedMs);
    }
    queue.push(flow, piece);
  }

  #run(queue: LevelQueue, flow: Flow, { run, costMs }: Piece): void {
    const { clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    run();
    const usedMs = Math.max(costMs, clock.monotonicMs() - startedMs);
    flow.usedMs += usedMs;
    queue.usedMs += usedMs / queue.weight;
    this.#usedMs += usedMs;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#parts.later(() => this.#pass());
  }

  #pass(): void {
    this.#isScheduled = false;
    this.#usedMs = 0;
    while (this.#usedMs < this.#parts.sliceMs) {
      const queue = this.#next();
      const taken = queue?.take();
      if (!queue || !taken) {
        for (const level of Object.values(this.#levels)) level.forget();
        return;
      }
      this.#run(queue, taken.flow, taken.piece);
    }
    this.#schedule();
  }

  #next(): LevelQueue | undefined {
    const { system, people } = this.#levels;
    if (!people.isWaiting) return system.isWaiting ? system : undefined;
    return system.isWaiting && system.usedMs <= people.usedMs ? system : people;
  }
}
