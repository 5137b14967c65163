/**
 * How the processes of the services are run: the launcher and the benchmarks both use this, so that what is measured is
 * what runs.
 */

/** Arguments of `node`, before the program. */
export const NODE_ARGUMENTS: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  // By default the heap may grow to several times what lives in it before it is collected: after a burst of writes a
  // third of an API server would be garbage.
  '--heap-growing-percent=40',
];

/** Added to the environment. */
export const PROCESS_ENVIRONMENT: Readonly<Record<string, string>> = {
  // glibc gives each thread an arena that never shrinks; what Node's helper threads allocate needs no more than two.
  MALLOC_ARENA_MAX: '2',
};
