/**
 * How the Postgres that Reckon runs itself is set: the launcher, the tests and the benchmarks all use this, so that
 * what is measured and tested is what runs. A managed Postgres (`--database-url`) needs none of it, but must keep
 * `fsync`, `full_page_writes` and `synchronous_commit` on: an answer is given only after a commit is durable (L5).
 */
export const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // The watch cache serves nearly all reads; the rest of the memory is better used as page cache.
  shared_buffers: '64MB',
  // Compiling a plan costs more than any statement of ours takes.
  jit: 'off',
  // Full-page images are compressible, but the only codec in every build (pglz) costs more time than it saves.
  wal_compression: 'off',
  // Recycled segments are overwritten in place, which syncs faster than growing a file.
  min_wal_size: '256MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  // Apiservers hold about ten connections each.
  max_connections: '100',
  // The lock queue is the head row; a backend that waits for it must not keep a dead client's turn.
  client_connection_check_interval: '1s',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  // One process for a laptop-sized cluster.
  max_parallel_workers_per_gather: '0',
  autovacuum_max_workers: '2',
  log_min_messages: 'warning',
  log_line_prefix: '%m [%p] ',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** For `initdb`: bytes order text, whatever the machine's locale. Authentication is up to whoever runs it. */
export const INITDB_ARGUMENTS: readonly string[] = ['--encoding=UTF8', '--locale=C', '--no-instructions'];

/** As arguments of `postgres`: `-c name=value`. */
export function postgresArguments(overrides: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries({ ...POSTGRES_SETTINGS, ...overrides }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
}
