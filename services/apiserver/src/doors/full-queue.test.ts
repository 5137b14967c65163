/** What a user is told whose queue is full, while everybody else is served. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ChannelCredentials, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { loadSchema } from '@reckon/api';
import { ApiClient } from '@reckon/proto/reckon/v1/api.ts';
import { systemClock, systemRandom } from '@reckon/service';
import { Authenticator } from '../auth/authenticator.ts';
import { testAuthority } from '../auth/testing/test-authority.ts';
import { GrpcListener } from '../grpc/listener.ts';
import { ApiHandlers, rawApiService } from '../grpc/service.ts';
import { fillWithReads } from './testing/fill.ts';
import type { Pem } from './testing/pki.ts';
import { RestTestServer } from './testing/rest-server.ts';

const PATH = '/api/v1/namespaces/shop/configmaps';
const MAPS = { resource: { group: '', version: 'v1', resource: 'configmaps' }, namespace: 'shop' };

let rest: RestTestServer;
let grpc: GrpcListener;
let flood: Pem;
let jane: Pem;

before(async () => {
  rest = await RestTestServer.start();
  const { authority, verbs, tokens, metrics, inFlight } = rest;
  flood = await authority.client('flood');
  jane = await authority.client('jane');
  const { authorizer } = testAuthority();
  const server = await authority.server('localhost');
  const settings = { host: '127.0.0.1', port: 0, ...server, clientAuthority: authority.certificate };
  grpc = await GrpcListener.open({ ...settings, clock: systemClock }, (peerOf) => {
    const handlers = new ApiHandlers({
      peerOf,
      verbs,
      authorizer,
      metrics,
      inFlight,
      authenticator: new Authenticator(tokens),
      resources: loadSchema(),
      reviews: new Map(),
      clock: systemClock,
      random: systemRandom,
    });
    return [{ definition: rawApiService, implementation: handlers.implementation() }];
  });
});
after(async () => {
  await grpc.close();
  await rest.stop();
});

function channel({ privateKey, certificate }: Pem): ChannelCredentials {
  const [ca, key, own] = [rest.authority.certificate, privateKey, certificate].map((pem) => Buffer.from(pem));
  return credentials.createSsl(ca, key, own);
}

/** What a get and a list come to. */
async function errors(as: Pem): Promise<readonly (ServiceError | undefined)[]> {
  const name = { 'grpc.ssl_target_name_override': 'localhost' };
  const client = new ApiClient(`127.0.0.1:${grpc.port}`, channel(as), name);
  const got = new Promise<ServiceError | undefined>((resolve) => {
    client.get({ ...MAPS, name: 'a' }, (error) => resolve(error ?? undefined));
  });
  const listed = new Promise<ServiceError | undefined>((resolve) => {
    client
      .list(MAPS)
      .on('data', () => {})
      .on('error', resolve)
      .on('end', () => resolve(undefined));
  });
  const both = await Promise.all([got, listed]);
  client.close();
  return both;
}

test('over HTTPS a user whose queue is full is told 429 and when to come back, and nobody else is', async () => {
  const end = fillWithReads(rest.inFlight, 'flood');
  const refused = rest.call(PATH, { as: flood });
  assert.equal((await rest.call(PATH, { as: jane })).status, 403, 'she is answered: she may not');
  const answer = await refused;
  assert.equal(answer.status, 429);
  assert.equal(answer.headers['retry-after'], '1');
  assert.equal(answer.at('reason'), 'TooManyRequests');
  await end();
  assert.equal((await rest.call(PATH, { as: flood })).status, 403, 'when he comes back he is answered, too');
});

test('by gRPC he is told RESOURCE_EXHAUSTED and when to come back, of gets and of lists', async () => {
  const end = fillWithReads(rest.inFlight, 'flood');
  const refused = errors(flood);
  for (const error of await errors(jane)) assert.equal(error?.code, status.PERMISSION_DENIED);
  for (const error of await refused) {
    assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
    assert.match(String(error?.metadata.get('grpc-status-details-bin')), /google\.rpc\.RetryInfo/);
  }
  await end();
  for (const error of await errors(flood)) assert.equal(error?.code, status.PERMISSION_DENIED);
});
