import { beforeEach } from 'node:test';
import { testEventLogContract } from '../testing/contract.ts';
import { MemoryEventLog } from './memory-event-log.ts';

let log: MemoryEventLog;

beforeEach(() => {
  log = new MemoryEventLog();
});

testEventLogContract('MemoryEventLog', () => ({
  feed: log,
  relay: (source) => log.relay(source),
  goAway: async () => log.goAway(),
  comeBack: async () => log.comeBack(),
  forget: async () => log.forget(),
}));
