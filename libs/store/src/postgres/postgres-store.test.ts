import { testStoreContract } from '../testing/contract/index.ts';
import { createDatabase } from '../testing/databases.ts';
import { storesOn } from '../testing/worlds.ts';

testStoreContract({ name: 'PostgresStore', world: async (t) => storesOn(await createDatabase(), t) });
