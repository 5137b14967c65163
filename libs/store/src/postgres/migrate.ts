import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { logAndState } from './schema/0001-log-and-state.ts';
import { commitFunction } from './schema/0002-commit.ts';
import { writers } from './schema/0003-writers.ts';
import { causes } from './schema/0004-causes.ts';
import { remadeInOneCommit } from './schema/0005-remade.ts';
import { ranges } from './schema/0006-ranges.ts';
import { sqlViews } from './schema/0007-sql-views.ts';
import { superseded } from './schema/0008-superseded.ts';
import { lives } from './schema/0009-lives.ts';
import { via } from './schema/0010-via.ts';
import { objectKeys } from './schema/0011-object-keys.ts';
import { viaOfWrites } from './schema/0012-via-of-writes.ts';
import type { Tables } from './schema/tables.ts';

const MIGRATIONS = {
  '0001-log-and-state': logAndState,
  '0002-commit': commitFunction,
  '0003-writers': writers,
  '0004-causes': causes,
  '0005-remade': remadeInOneCommit,
  '0006-ranges': ranges,
  '0007-sql-views': sqlViews,
  '0008-superseded': superseded,
  '0009-lives': lives,
  '0010-via': via,
  '0011-object-keys': objectKeys,
  '0012-via-of-writes': viaOfWrites,
};

/** Brings the database to the present schema. Any number of API servers may do it at once. */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
    migrationTableName: 'reckon_migration',
    migrationLockTableName: 'reckon_migration_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
