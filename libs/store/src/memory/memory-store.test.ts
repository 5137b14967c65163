import { systemClock, systemRandom } from '@reckon/service';
import { testStoreContract } from '../testing/contract/index.ts';
import { MemoryLog } from './memory-log.ts';
import { MemoryStore } from './memory-store.ts';

testStoreContract({
  name: 'MemoryStore',
  world: async () => {
    const log = new MemoryLog({ clock: systemClock, random: systemRandom });
    return { open: async () => new MemoryStore(log, { clock: systemClock }) };
  },
});
