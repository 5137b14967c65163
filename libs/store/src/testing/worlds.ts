import { randomBytes } from 'node:crypto';
import { silentLogger, systemClock, systemRandom } from '@reckon/service';
import { PostgresStore, type PostgresStoreOptions } from '../postgres/postgres-store.ts';
import { FileKeyProvider } from '../secrecy/file-key-provider.ts';

export interface StoreWorld {
  readonly url: string;
  /** Another API server on the same database. */
  open(more?: Partial<PostgresStoreOptions>): Promise<PostgresStore>;
}

/** Stores on one database that are closed when the test ends. */
export function storesOn(url: string, t: { after(fn: () => Promise<void>): void }): StoreWorld {
  const keys = new FileKeyProvider(randomBytes(32));
  const stores: PostgresStore[] = [];
  t.after(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });
  return {
    url,
    open: async (more) => {
      const store = await PostgresStore.open({
        database: { url },
        clock: systemClock,
        random: systemRandom,
        log: silentLogger,
        keys,
        ...more,
      });
      stores.push(store);
      return store;
    },
  };
}
