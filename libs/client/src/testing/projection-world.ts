/** A cluster in memory with one projection of it, for tests of projections. */
import assert from 'node:assert/strict';
import type { LogRecord } from '@reckon/api';
import type { FeedChunk, LogFeed } from '@reckon/eventlog';
import { SeededRandom, VirtualClock } from '@reckon/service';
import { MemoryApi } from '../memory/memory-api.ts';
import { LogProjection, type LogProjectionOptions } from '../projection/log-projection.ts';
import type { Change } from '../projection/types.ts';
import { CONFIG_MAPS, LEASES, PODS } from '../resources.ts';
import { Wake } from '../wake.ts';

export const NS = 'default';

/** A feed that gives what the test tells it to. */
export class TestFeed implements LogFeed {
  readonly #chunks: FeedChunk[] = [];
  readonly #wake = new Wake();
  follows = 0;

  push(records: readonly LogRecord[]): void {
    const [first] = records;
    const last = records.at(-1);
    if (!first || !last) return;
    this.#chunks.push({ after: first.rev - 1, records, through: last.rev });
    this.#wake.raise();
  }

  async *follow(_: unknown, signal: AbortSignal): AsyncGenerator<FeedChunk> {
    this.follows++;
    signal.addEventListener('abort', () => this.#wake.raise(), { once: true });
    while (!signal.aborted) {
      for (let chunk = this.#chunks.shift(); chunk; chunk = this.#chunks.shift()) yield chunk;
      await this.#wake.wait();
    }
  }
}

export class ProjectionWorld {
  readonly clock = new VirtualClock();
  readonly api = new MemoryApi({ clock: this.clock, random: new SeededRandom(1) });
  readonly reads: { after: number; through: number | undefined }[] = [];
  readonly changes: string[] = [];
  readonly projection: LogProjection;

  constructor(options: Partial<LogProjectionOptions> = {}) {
    this.projection = new LogProjection({
      api: {
        list: (resource, listOptions) => this.api.list(resource, listOptions),
        watchHead: (signal) => this.api.watchHead(signal),
        readLog: (readOptions) => {
          this.reads.push({ after: readOptions.after, through: readOptions.through });
          return this.api.readLog(readOptions);
        },
      },
      clock: this.clock,
      resources: [PODS, CONFIG_MAPS, LEASES],
      ...options,
    });
    this.projection.subscribe((change) => {
      assert.ok(this.projection.revision >= change.revision);
      this.changes.push(describeChange(change));
    });
  }

  async start(): Promise<void> {
    const started = this.projection.start();
    await this.clock.advance(0);
    await started;
  }

  pod(name: string, more: { labels?: Record<string, string>; nodeName?: string; owner?: string } = {}) {
    const { labels, nodeName, owner } = more;
    return this.api.create(PODS, {
      metadata: {
        name,
        namespace: NS,
        labels,
        ownerReferences: owner
          ? [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner }]
          : undefined,
      },
      ...{ spec: { nodeName } },
    });
  }

  async records(after: number): Promise<readonly LogRecord[]> {
    const all: LogRecord[] = [];
    for await (const chunk of this.api.readLog({ after })) all.push(...chunk.records);
    return all;
  }

  names(): readonly string[] {
    return this.projection.list(PODS).map((pod) => pod.metadata.name);
  }
}

export function describeChange(change: Change): string {
  return `${change.operation} ${change.object.kind} ${change.object.metadata.name}`;
}
