import type { Store } from '@reckon/store';

/** What the cache asks of the log. */
export type LogSource = Pick<
  Store,
  'head' | 'snapshot' | 'readLog' | 'listAt' | 'getAt' | 'onHead' | 'onCommit'
>;
