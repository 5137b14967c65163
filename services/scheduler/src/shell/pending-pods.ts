/**
 * The pods that want a node. Each is in one of these states:
 *
 *   ready ──planned──▶ binding ──bound──▶ (gone from here)
 *     ▲                  │ refused
 *     │                  ▼
 *     ├────────────── delayed
 *     └── something changed that can help ── waiting (fits nowhere)
 */
import type { Revision } from '@reckon/api';
import type { Stored } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { Effect } from '../model/cluster-model.ts';
import type { Rejection } from '../plan/types.ts';

export const PENDING_STATES = ['ready', 'binding', 'delayed', 'waiting'] as const;
export type PendingState = (typeof PENDING_STATES)[number];

export interface PendingPod {
  readonly pod: Stored<Pod>;
  readonly state: PendingState;
  /** The revision that last made the pod ready: what a binding is caused by. */
  readonly cause: Revision;
  /** Clock.monotonicMs when the pod was first seen. */
  readonly sinceMs: number;
  /** While waiting: why, and what can help. */
  readonly rejection: Pick<Rejection, 'message' | 'helps'> | undefined;
  /** Where room is being made for it; ahead of `status.nominatedNodeName` by what we are about to write. */
  readonly nominatedTo: string | undefined;
  /** Bindings that failed since it was last planned with success. */
  readonly failures: number;
}

export class PendingPods {
  readonly #pods = new Map<string, PendingPod>();
  readonly #ready = new Set<string>();
  readonly #counts: Record<PendingState, number> = { ready: 0, binding: 0, delayed: 0, waiting: 0 };

  get size(): number {
    return this.#pods.size;
  }

  get readyCount(): number {
    return this.#ready.size;
  }

  get(uid: string): PendingPod | undefined {
    return this.#pods.get(uid);
  }

  count(state: PendingState): number {
    return this.#counts[state];
  }

  /** A pod without a node, new or changed. What is being bound stays so. */
  seen(pod: Stored<Pod>, cause: Revision, nowMs: number): void {
    const { uid } = pod.metadata;
    const before = this.#pods.get(uid);
    const nominatedTo = nominatedNodeOf(pod);
    if (!before) {
      const fresh = { rejection: undefined, failures: 0, nominatedTo };
      this.#set(uid, { pod, state: 'ready', cause, sinceMs: nowMs, ...fresh });
      return;
    }
    // What the log has not changed may be ahead of it.
    const told = nominatedTo === nominatedNodeOf(before.pod) ? {} : { nominatedTo };
    const wanted = before.state === 'waiting' && !samePlace(before.pod, pod);
    this.#set(uid, { ...before, ...told, pod, ...(wanted && { state: 'ready', cause }) });
  }

  /** Pods for which room is being made somewhere. */
  nominated(): readonly PendingPod[] {
    return [...this.#pods.values()].filter(({ nominatedTo }) => nominatedTo !== undefined);
  }

  /** Room is being made for it no more: it is to be planned anew. */
  withdraw(uid: string, cause: Revision): void {
    this.#change(uid, { nominatedTo: undefined });
    if (this.#pods.get(uid)?.state === 'waiting') this.#change(uid, { state: 'ready', cause });
  }

  gone(uid: string): PendingPod | undefined {
    const before = this.#pods.get(uid);
    if (before) this.#counts[before.state]--;
    this.#pods.delete(uid);
    this.#ready.delete(uid);
    return before;
  }

  /** All that are ready; they are being planned from now on. */
  take(): readonly PendingPod[] {
    const taken = [...this.#ready].flatMap((uid) => this.#pods.get(uid) ?? []);
    for (const pending of taken) this.#set(pending.pod.metadata.uid, { ...pending, state: 'binding' });
    return taken;
  }

  /** It fits nowhere: it waits for something that can help. */
  wait({ pod, message, helps, room }: Rejection): void {
    const nominatedTo = room?.nodeName;
    this.#change(pod.uid, { state: 'waiting', rejection: { message, helps }, nominatedTo, failures: 0 });
  }

  /** It has a node and needs no room elsewhere any more. Returns true if somebody else may have that now. */
  placed(uid: string, nodeName: string): boolean {
    const nominatedTo = this.#pods.get(uid)?.nominatedTo;
    if (nominatedTo === undefined) return false;
    this.#change(uid, { nominatedTo: undefined });
    return nominatedTo !== nodeName;
  }

  /** Its binding, or making room for it, failed: it is not ready before `ready` is called. */
  delay(uid: string): void {
    const failures = (this.#pods.get(uid)?.failures ?? 0) + 1;
    this.#change(uid, { state: 'delayed', failures });
  }

  ready(uid: string): void {
    if (this.#pods.get(uid)?.state === 'delayed') this.#change(uid, { state: 'ready' });
  }

  /** Something has changed: whom that can help is ready again. */
  help(what: Effect, cause: Revision): void {
    for (const [uid, pending] of this.#pods) {
      if (pending.state !== 'waiting') continue;
      if (what === 'any' || pending.rejection?.helps[what]) this.#change(uid, { state: 'ready', cause });
    }
  }

  #change(uid: string, change: Partial<PendingPod>): void {
    const before = this.#pods.get(uid);
    if (before) this.#set(uid, { ...before, ...change });
  }

  #set(uid: string, pending: PendingPod): void {
    const before = this.#pods.get(uid);
    if (before) this.#counts[before.state]--;
    this.#counts[pending.state]++;
    this.#pods.set(uid, pending);
    if (pending.state === 'ready') this.#ready.add(uid);
    else this.#ready.delete(uid);
  }
}

export function nominatedNodeOf(pod: Stored<Pod>): string | undefined {
  return pod.status?.nominatedNodeName || undefined;
}

/** Only a change of what is asked for can make a pod fit that did not; its status is our own doing. */
function samePlace(a: Stored<Pod>, b: Stored<Pod>): boolean {
  return JSON.stringify(a.spec) === JSON.stringify(b.spec);
}
