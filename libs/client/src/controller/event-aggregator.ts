import type { EventSpec } from './types.ts';

interface Similar {
  readonly messages: Set<string>;
  lastMs: number;
}

/** An event as it is to be told. */
export interface CorrelatedEvent {
  readonly spec: EventSpec;
  /** It stands for events that differ only in their messages; its message is that of the last. */
  readonly combined: boolean;
}

/** As in Kubernetes (client-go tools/record, EventAggregator). */
const MOST_SIMILAR = 10;
const FORGOTTEN_MS = 600_000;
const MAX_REMEMBERED = 4_096;
const PREFIX = '(combined from similar events): ';

/** From the tenth on, events about one object that differ only in their messages are told as one. */
export class EventAggregator {
  /** Least recently seen first. */
  readonly #similar = new Map<string, Similar>();

  correlate(spec: EventSpec, component: string, nowMs: number): CorrelatedEvent {
    const key = JSON.stringify([component, spec.regarding.metadata.uid, spec.type, spec.reason]);
    const similar = this.#recall(key, nowMs);
    similar.lastMs = nowMs;
    const another = !similar.messages.has(spec.message);
    if (another && similar.messages.size + 1 >= MOST_SIMILAR) {
      return { spec: { ...spec, message: `${PREFIX}${spec.message}` }, combined: true };
    }
    similar.messages.add(spec.message);
    return { spec, combined: false };
  }

  #recall(key: string, nowMs: number): Similar {
    const known = this.#similar.get(key);
    const fresh = known && nowMs - known.lastMs <= FORGOTTEN_MS ? known : undefined;
    const similar = fresh ?? { messages: new Set<string>(), lastMs: nowMs };
    this.#similar.delete(key);
    this.#similar.set(key, similar);
    for (const oldest of this.#similar.keys()) {
      if (this.#similar.size <= MAX_REMEMBERED) break;
      this.#similar.delete(oldest);
    }
    return similar;
  }
}
