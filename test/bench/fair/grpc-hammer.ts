import { type Client, credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { ApiService, Form } from '@reckon/proto/reckon/v1/api.ts';
import type { ServedAccess } from '../api/serve.ts';
import { CREATORS, type Hammer, LISTERS, Tally, WATCHERS } from './tally.ts';
import { FLOOD, FLOODED, LISTED, pod } from './users.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };
/** Calls that share a connection, as most clients have them. */
const CALLS_A_CONNECTION = 10;

/** The service with answers that nobody decodes. */
const Raw = makeGenericClientConstructor(
  Object.fromEntries(
    Object.entries(ApiService).map(([name, method]) => [
      name,
      { ...method, responseDeserialize: (bytes: Buffer) => bytes, originalName: name },
    ]),
  ),
  'reckon.v1.Api',
);

/** As many calls at once as the other has connections. */
export class GrpcHammer implements Hammer {
  readonly #tally = new Tally();
  readonly #access: ServedAccess;
  readonly #clients: Client[] = [];
  #stopped = false;

  constructor(access: ServedAccess) {
    this.#access = access;
  }

  start(): void {
    const stamp = process.hrtime.bigint().toString(36);
    let created = 0;
    this.#each(WATCHERS, (client) => {
      const call = client.makeServerStreamRequest(
        ApiService.watch.path,
        ApiService.watch.requestSerialize,
        (bytes: Buffer) => bytes,
        { resource: PODS, namespace: '', form: Form.FORM_JSON },
      );
      call.on('error', () => {});
    });
    this.#each(
      CREATORS,
      (client) =>
        void this.#repeat(
          () => this.#create(client, `g-${stamp}-${created++}`),
          () => this.#tally.creates++,
        ),
    );
    this.#each(
      LISTERS,
      (client) =>
        void this.#repeat(
          () => this.#list(client),
          () => this.#tally.lists++,
        ),
    );
  }

  async stop(): Promise<Tally> {
    this.#stopped = true;
    for (const client of this.#clients) client.close();
    return this.#tally;
  }

  #each(count: number, begin: (client: Client) => void): void {
    for (let i = 0; i < count; i++) {
      if (i % CALLS_A_CONNECTION === 0) this.#clients.push(this.#connect());
      const client = this.#clients.at(-1);
      if (client) begin(client);
    }
  }

  #connect(): Client {
    const { authority, users, grpcPort } = this.#access;
    const pem = users[FLOOD];
    if (!pem) throw new Error('the flood has no certificate');
    const secure = credentials.createSsl(
      Buffer.from(authority),
      Buffer.from(pem.privateKey),
      Buffer.from(pem.certificate),
    );
    return new Raw(`127.0.0.1:${grpcPort}`, secure, {
      'grpc.ssl_target_name_override': 'localhost',
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_channelz': 0,
    });
  }

  #create(client: Client, name: string): Promise<void> {
    const request = {
      resource: PODS,
      namespace: FLOODED,
      object: { json: Buffer.from(pod(name)) },
      form: Form.FORM_JSON,
    };
    const { path, requestSerialize } = ApiService.create;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        (bytes: Buffer) => bytes,
        request,
        (error) => (error ? reject(described(error)) : resolve()),
      );
    });
  }

  #list(client: Client): Promise<void> {
    const { path, requestSerialize } = ApiService.list;
    const request = { resource: PODS, namespace: LISTED, form: Form.FORM_JSON };
    return new Promise((resolve, reject) => {
      const call = client.makeServerStreamRequest(path, requestSerialize, (bytes: Buffer) => bytes, request);
      call.on('data', () => {});
      call.on('end', () => resolve());
      call.on('error', (error: ServiceError) => reject(described(error)));
    });
  }

  async #repeat(call: () => Promise<void>, done: () => void): Promise<void> {
    while (!this.#stopped) {
      try {
        await call();
        done();
      } catch (error) {
        if (!this.#stopped)
          this.#tally.fail(error, (text) => text.startsWith('RESOURCE_EXHAUSTED, come back'));
      }
    }
  }
}

const RESOURCE_EXHAUSTED = 8;
const RETRY_INFO = 'google.rpc.RetryInfo';

function described({ code, details, metadata }: ServiceError): Error {
  const rich = metadata.get('grpc-status-details-bin').map(String).join('');
  const says = code === RESOURCE_EXHAUSTED && rich.includes(RETRY_INFO);
  return new Error(says ? `RESOURCE_EXHAUSTED, come back: ${details}` : `${code}: ${details}`);
}
