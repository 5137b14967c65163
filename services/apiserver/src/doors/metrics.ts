/**
 * What the doors count, under the names that dashboards for Kubernetes' API server look for. A request costs two map
 * look-ups and a few additions; text is made only when somebody scrapes.
 */

const BUCKETS_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;

export interface RequestLabels {
  /** GET, LIST, WATCH, POST, PUT, PATCH, DELETE, DELETECOLLECTION, CONNECT, APPLY. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** `resource` (one object), `namespace`, `cluster`, or empty for paths that are not about objects. */
  readonly scope: string;
}

/** Kubernetes' metrics name these verbs by their methods, and so do dashboards. */
const METHODS: ReadonlyMap<string, string> = new Map([
  ['CREATE', 'POST'],
  ['UPDATE', 'PUT'],
]);

class Series {
  readonly labels: string;
  readonly byCode = new Map<number, number>();
  readonly buckets = new Float64Array(BUCKETS_SECONDS.length + 1);
  sumSeconds = 0;
  count = 0;

  constructor(labels: RequestLabels) {
    const verb = METHODS.get(labels.verb) ?? labels.verb;
    this.labels = Object.entries({ ...labels, verb })
      .map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
      .join(',');
  }

  observe(code: number, seconds: number): void {
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1);
    this.sumSeconds += seconds;
    this.count++;
    let bucket = 0;
    for (const bound of BUCKETS_SECONDS) {
      if (seconds <= bound) break;
      bucket++;
    }
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
  }
}

export interface InFlightCounts {
  readonly requests: number;
  /** Of these, those that write. */
  readonly writes: number;
  /** Watches and streams. */
  readonly longRunning: number;
}

export class DoorMetrics {
  readonly #series = new Map<string, Series>();
  readonly #watchEvents = new Map<string, number>();
  #inFlight: () => InFlightCounts = () => ({ requests: 0, writes: 0, longRunning: 0 });

  /** Where to read the numbers of requests that are being answered. */
  watchInFlight(read: () => InFlightCounts): void {
    this.#inFlight = read;
  }

  observe(labels: RequestLabels, code: number, seconds: number): void {
    const key = `${labels.verb} ${labels.group}/${labels.version}/${labels.resource}/${labels.subresource} ${labels.scope}`;
    let series = this.#series.get(key);
    if (!series) {
      series = new Series(labels);
      this.#series.set(key, series);
    }
    series.observe(code, seconds);
  }

  watchEvents(
    resource: { readonly group: string; readonly version: string; readonly kind: string },
    count: number,
  ): void {
    const key = `group="${resource.group}",version="${resource.version}",kind="${resource.kind}"`;
    this.#watchEvents.set(key, (this.#watchEvents.get(key) ?? 0) + count);
  }

  /** Prometheus text exposition format. */
  text(): string {
    const lines: string[] = [];
    head(lines, 'apiserver_request_total', 'counter', 'Requests by verb, resource and HTTP status code.');
    for (const { labels, byCode } of this.#series.values())
      for (const [code, count] of byCode)
        lines.push(`apiserver_request_total{${labels},code="${code}"} ${count}`);
    const name = 'apiserver_request_duration_seconds';
    head(lines, name, 'histogram', 'Time from the head of a request to the end of its answer.');
    for (const series of this.#series.values()) {
      let below = 0;
      BUCKETS_SECONDS.forEach((bound, i) => {
        below += series.buckets[i] ?? 0;
        lines.push(`${name}_bucket{${series.labels},le="${bound}"} ${below}`);
      });
      lines.push(`${name}_bucket{${series.labels},le="+Inf"} ${series.count}`);
      lines.push(`${name}_sum{${series.labels}} ${series.sumSeconds}`);
      lines.push(`${name}_count{${series.labels}} ${series.count}`);
    }
    head(lines, 'apiserver_watch_events_total', 'counter', 'Events sent to watchers.');
    for (const [labels, count] of this.#watchEvents)
      lines.push(`apiserver_watch_events_total{${labels}} ${count}`);
    const { requests, writes, longRunning } = this.#inFlight();
    head(lines, 'apiserver_current_inflight_requests', 'gauge', 'Requests being answered, without watches.');
    lines.push(`apiserver_current_inflight_requests{request_kind="mutating"} ${writes}`);
    lines.push(`apiserver_current_inflight_requests{request_kind="readOnly"} ${requests - writes}`);
    head(lines, 'apiserver_longrunning_requests', 'gauge', 'Watches and streams that are open.');
    lines.push(`apiserver_longrunning_requests ${longRunning}`);
    return `${lines.join('\n')}\n`;
  }
}

function head(lines: string[], name: string, type: string, help: string): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
