import { Metrics } from '@reckon/service';

/** What one controller shows of itself. All controllers of a process share the metrics and differ by label. */
export interface ControllerMetrics {
  passed(result: PassResult, seconds: number): void;
  waited(seconds: number): void;
  wrote(verb: string, isIdle: boolean): void;
  depth(keys: number): void;
}

/**
 * - done: the plan was carried out (most plans are empty)
 * - again: a conflict or an outage; planned again after a backoff
 * - refused: the API refused an action
 * - behind: the projection had not yet reached our own last write
 * - gone: nothing to do for the key any more
 * - failed: the controller itself threw
 */
export type PassResult = 'done' | 'again' | 'refused' | 'behind' | 'gone' | 'failed';

export function controllerMetrics(metrics: Metrics = new Metrics(), controller: string): ControllerMetrics {
  const passes = metrics.counter<'controller' | 'result'>({
    name: 'reckon_controller_passes_total',
    help: 'Passes over a key, by how they ended.',
    labels: ['controller', 'result'],
  });
  const duration = metrics.histogram<'controller'>({
    name: 'reckon_controller_pass_seconds',
    help: 'Time from taking a key to the end of its pass.',
    labels: ['controller'],
  });
  const wait = metrics.histogram<'controller'>({
    name: 'reckon_controller_queue_wait_seconds',
    help: 'Time that a key was ready before it was taken.',
    labels: ['controller'],
  });
  const writes = metrics.counter<'controller' | 'verb'>({
    name: 'reckon_controller_writes_total',
    help: 'Writes that succeeded.',
    labels: ['controller', 'verb'],
  });
  const idleWrites = metrics.counter<'controller' | 'verb'>({
    name: 'reckon_controller_idle_writes_total',
    help: 'Writes of these that changed nothing: there should be none.',
    labels: ['controller', 'verb'],
  });
  const depth = metrics.gauge<'controller'>({
    name: 'reckon_controller_queue_keys',
    help: 'Keys that are ready and wait for a worker.',
    labels: ['controller'],
  });
  return {
    passed(result, seconds) {
      passes.inc({ controller, result });
      duration.observe({ controller }, seconds);
    },
    waited: (seconds) => wait.observe({ controller }, seconds),
    wrote(verb, isIdle) {
      writes.inc({ controller, verb });
      if (isIdle) idleWrites.inc({ controller, verb });
    },
    depth: (keys) => depth.set({ controller }, keys),
  };
}
