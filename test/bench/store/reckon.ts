import { silentLogger, systemClock, systemRandom } from '@reckon/service';
import { PostgresStore } from '@reckon/store';
import { createDatabaseOn } from '@reckon/store/testing/databases.ts';
import { ThrowAwayPostgres } from '@reckon/store/testing/throw-away-postgres.ts';
import { type Contender, sampleObject } from './load.ts';

/** Our store on a Postgres that is set as `reckon up` sets it. */
export async function reckonContender(): Promise<Contender> {
  const postgres = await ThrowAwayPostgres.create();
  const contender = await contenderOn(await createDatabaseOn(postgres.address));
  return {
    ...contender,
    async close() {
      await contender.close();
      await postgres.remove();
    },
  };
}

/** Our store on a database that is there. */
export async function contenderOn(url: string): Promise<Contender> {
  const store = await PostgresStore.open({
    database: { url },
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    patienceMs: 30_000,
  });
  const body = sampleObject('checkout');
  let requests = 0;
  return {
    name: `Reckon on Postgres (${body.length} bytes)`,
    async write(name, rev) {
      const write = {
        key: { resource: 'pods', namespace: 'default', name },
        uid: '2b5a5a40-0f51-4d23-a0c9-0f0f0f0f0f0f',
        body,
        schemaVersion: 1,
      };
      const result = await store.commit({
        writes: [rev === 0 ? { ...write, op: 'create' } : { ...write, op: 'update', expectedRev: rev }],
        provenance: {
          actor: 'system:kube-controller-manager',
          requestId: `request-${requests++}`,
          cause: rev || undefined,
        },
      });
      if (!result.ok) throw new Error(`a conflict where nobody else writes: ${name}`);
      return result.lastRev;
    },
    close: () => store.close(),
  };
}
