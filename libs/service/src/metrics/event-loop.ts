import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

const FIGURES: Readonly<Record<string, (delays: ELDHistogram) => number>> = {
  min: ({ min }) => min,
  max: ({ max }) => max,
  mean: ({ mean }) => mean,
  stddev: ({ stddev }) => stddev,
  p50: (delays) => delays.percentile(50),
  p90: (delays) => delays.percentile(90),
  p99: (delays) => delays.percentile(99),
};

/**
 * How long the turns of the event loop took since the process began, under the names that prom-client has for it, whose
 * gauges give way. (Those are measured by a timer that wakes the process a hundred times a second: for a service that has
 * nothing to do a good part of all its work.)
 */
export function observeEventLoop(registry: Registry): void {
  const delays = monitorEventLoopDelay({ samplePerIteration: true });
  delays.enable();
  for (const [figure, nanosecondsOf] of Object.entries(FIGURES)) {
    const name = `nodejs_eventloop_lag_${figure}_seconds`;
    registry.removeSingleMetric(name);
    new Gauge({
      name,
      help: `How long a turn of the event loop takes, ${figure}.`,
      registers: [registry],
      collect() {
        this.set(delays.count === 0 ? 0 : nanosecondsOf(delays) / 1e9);
      },
    });
  }
}
