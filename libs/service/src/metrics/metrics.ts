import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { observeEventLoop } from './event-loop.ts';

export interface MetricOptions<Label extends string> {
  /** `reckon_store_commits_total`: snake case, unit last, `_total` for counters (Prometheus' naming rules). */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds, ascending, in the unit of the name. */
  readonly buckets?: readonly number[];
}

/** From half a millisecond to half a minute, in seconds. */
export const DURATION_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
] as const;

/** The longest that a timer waits. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * The metrics of one process or, in tests and simulations, of one part of it: nothing is global, so that two API
 * servers in one process do not share counters. Asking again for the same name gives the same metric.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #texts: (() => string)[] = [];

  /** Adds what the process itself shows: CPU, memory, event loop lag, garbage collection. */
  observeProcess(): void {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: NEVER_MS });
    observeEventLoop(this.#registry);
  }

  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label> {
    return this.#make(options.name, Counter<Label>, () => new Counter<Label>(this.#basics(options)));
  }

  gauge<Label extends string = never>(options: MetricOptions<Label>): Gauge<Label> {
    return this.#make(options.name, Gauge<Label>, () => new Gauge<Label>(this.#basics(options)));
  }

  histogram<Label extends string = never>(options: HistogramOptions<Label>): Histogram<Label> {
    const buckets = [...(options.buckets ?? DURATION_BUCKETS_SECONDS)];
    return this.#make(
      options.name,
      Histogram<Label>,
      () => new Histogram<Label>({ ...this.#basics(options), buckets }),
    );
  }

  /** A gauge that is read when somebody asks. */
  observed(options: MetricOptions<never>, read: () => number): void {
    new Gauge({
      ...this.#basics(options),
      collect() {
        this.set(read());
      },
    });
  }

  /** Adds metrics that their owner counts by itself, for hot paths: whole families in Prometheus' text format. */
  addText(read: () => string): void {
    this.#texts.push(read);
  }

  /** All of them in Prometheus' text format. */
  async text(): Promise<string> {
    const registered = await this.#registry.metrics();
    return [registered, ...this.#texts.map((read) => read())].join('');
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  #basics<Label extends string>(options: MetricOptions<Label>) {
    return {
      name: options.name,
      help: options.help,
      labelNames: options.labels ?? [],
      registers: [this.#registry],
    };
  }

  #make<M>(name: string, type: abstract new (...args: never[]) => M, create: () => M): M {
    const present: unknown = this.#registry.getSingleMetric(name);
    if (present === undefined) return create();
    if (present instanceof type) return present;
    throw new Error(`metric ${name} exists already and is of another type`);
  }
}
