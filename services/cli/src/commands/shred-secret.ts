/** `reckon secrets shred`: a Secret is deleted, and nobody can ever know again what it was. */
import { userInfo } from 'node:os';
import { ApiError } from '@reckon/api';
import { type GrpcApi, type ObjectName, SECRETS } from '@reckon/client';
import { type Shredded, shredObject } from '@reckon/store';
import { connect } from '../api/connect.ts';
import { surroundingsOf } from '../cluster/surroundings.ts';
import { databaseUrl } from '../components/postgres.ts';
import { CliError } from '../errors.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';

/** @param what NAMESPACE/NAME. */
export async function shredSecret(stateDir: string, what: string): Promise<Shredded> {
  const [namespace = '', name = '', ...more] = what.split('/');
  if (namespace === '' || name === '' || more.length > 0)
    throw new CliError(
      `${JSON.stringify(what)} names no Secret`,
      'write NAMESPACE/NAME, as in default/password',
    );
  const layout = layoutOf(stateDir);
  const settings = requireSettings(layout);
  const api = connect(stateDir);
  try {
    await remove(api, { namespace, name });
  } finally {
    api.close();
  }
  const { groupResource: resource, version: apiVersion, kind } = SECRETS;
  const database = { url: databaseUrl(surroundingsOf(layout, settings)) };
  try {
    return await shredObject({ database, key: { resource, namespace, name }, apiVersion, kind });
  } catch (error) {
    throw ApiError.from(error).reason === 'NotFound' ? unknown(what) : error;
  }
}

/** What lives could still be read by those who may, and written again. */
async function remove(api: GrpcApi, target: ObjectName): Promise<void> {
  const because = `shredded by ${userInfo().username}`;
  try {
    const { deleted, object } = await api.delete(SECRETS, target, { because, gracePeriodSeconds: 0 });
    if (deleted) return;
    const holders = object.metadata.finalizers?.join(', ');
    throw new CliError(
      `Secret ${target.name} is being deleted and waits for ${holders}; nothing is shredded yet`,
      'shred it again when it is gone',
    );
  } catch (error) {
    if (error instanceof CliError || ApiError.from(error).reason !== 'NotFound') throw error;
  }
}

function unknown(what: string): CliError {
  return new CliError(
    `there never was a Secret ${what}, as far as the log goes: there is nothing to shred`,
    `look for it with: ./reckon kubectl get secrets -n ${what.split('/')[0]}`,
  );
}
