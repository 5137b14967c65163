/**
 * How the processes of the services are run: the launcher and the benchmarks both use this, so that what is measured is
 * what runs.
 */

/** Arguments of `node`, before the program. */
export const NODE_ARGUMENTS: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  // Several threads that collect one small space at a time cost more in finding work than they do of it: on two cores
  // a sixth of all the time that a write takes.
  '--no-parallel-scavenge',
];

/** Added to the environment. */
export const PROCESS_ENVIRONMENT: Readonly<Record<string, string>> = {
  // glibc gives each thread an arena that never shrinks; what Node's helper threads allocate needs no more than two.
  MALLOC_ARENA_MAX: '2',
};
