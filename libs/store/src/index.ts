export { MemoryLog } from './memory/memory-log.ts';
export { MemoryStore } from './memory/memory-store.ts';
export type { DatabaseAddress } from './postgres/connect.ts';
export { PostgresStore, type PostgresStoreOptions } from './postgres/postgres-store.ts';
export * from './postgres-settings.ts';
export { FileKeyProvider } from './secrecy/file-key-provider.ts';
export * from './types.ts';
