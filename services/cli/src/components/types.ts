import type { Clock } from '@reckon/service';
import type { ClusterSettings } from '../state/cluster.ts';
import type { Layout } from '../state/layout.ts';

/** What the components of one cluster on this machine are derived from. */
export interface Surroundings {
  readonly layout: Layout;
  readonly settings: ClusterSettings;
  /** Of the checkout: where the services' sources are. */
  readonly sourceDir: string;
  /** IPv4, not loopback if this machine has any other. */
  readonly address: string;
  /** What servers for the outside listen on: `::` where there is IPv6, which takes IPv4 too. */
  readonly anyAddress: string;
  readonly nodes: readonly NodePlan[];
  readonly clock: Clock;
}

/** A node of this machine that runs containers. */
export interface NodePlan {
  /** From 1. */
  readonly index: number;
  readonly name: string;
  readonly address: string;
  /** Its share of the pods' addresses. */
  readonly podCidr: string;
  /** The network namespace it lives in; the first node lives in the machine's own. */
  readonly netns?: string | undefined;
}

/** Says what is going on, to people. */
export interface Progress {
  /** A step that takes a while: its name now, its duration at the end. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  note(text: string): void;
}
