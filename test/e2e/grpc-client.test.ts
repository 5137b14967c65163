import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { pkiFiles } from '@reckon/cli/pki/cluster-pki.ts';
import { requireSettings } from '@reckon/cli/state/cluster.ts';
import { ensurePrograms } from '../support/packages.ts';
import { TestCluster } from './support/cluster.ts';

const PROTO = fileURLToPath(new URL('../../proto', import.meta.url));
const PYTHON_EXAMPLE = fileURLToPath(new URL('../../examples/grpc-python/run.sh', import.meta.url));
/** As the example names them. */
const PYTHON_PACKAGES = [
  'protobuf-compiler',
  'protobuf-compiler-grpc',
  'libprotobuf-dev',
  'python3-grpcio',
  'python3-protobuf',
  'python3-yaml',
];
const run = promisify(execFile);
const PODS = { version: 'v1', resource: 'pods' };

interface Answer {
  readonly object?: {
    readonly pod?: { readonly metadata?: { readonly name?: string; readonly uid?: string } };
  };
}
interface Chunk {
  readonly objects?: readonly { readonly pod?: { readonly metadata?: { readonly name?: string } } }[];
  readonly events?: readonly {
    readonly type?: string;
    readonly object?: { readonly pod?: { readonly metadata?: { readonly name?: string } } };
  }[];
}
type Unary = (request: object, done: (error: ServiceError | null, answer: Answer) => void) => void;
interface Client {
  readonly create: Unary;
  readonly delete: Unary;
  readonly list: (request: object) => ClientReadableStream<Chunk>;
  readonly watch: (request: object) => ClientReadableStream<Chunk>;
  readonly close: () => void;
}

/** Nothing of ours but the files in proto/: what another team's generator would start from. */
describe('a gRPC client that somebody else made from proto/', () => {
  let cluster: TestCluster;
  let client: Client;

  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
    const definition = loadSync('reckon/v1/api.proto', {
      includeDirs: [PROTO],
      enums: String,
      longs: String,
    });
    const loaded = loadPackageDefinition(definition) as unknown as {
      readonly reckon: { readonly v1: { readonly Api: new (target: string, by: unknown) => Client } };
    };
    const pki = pkiFiles(cluster.layout.pkiDir);
    const [ca, key, cert] = [pki.caCert, pki.clients.admin.key, pki.clients.admin.cert].map((file) =>
      readFileSync(file),
    );
    assert.ok(ca && key && cert);
    const { grpc } = requireSettings(cluster.layout).ports;
    client = new loaded.reckon.v1.Api(`localhost:${grpc}`, credentials.createSsl(ca, key, cert));
  });
  after(async () => {
    client.close();
    await cluster.stop();
  });

  const pod = (name: string) => ({
    pod: { metadata: { name }, spec: { containers: [{ name: 'main', image: 'app:1' }] } },
  });
  const call = (method: 'create' | 'delete', request: object) =>
    new Promise<Answer>((resolve, reject) => {
      client[method](request, (error, answer) => (error ? reject(error) : resolve(answer)));
    });

  test('creates, lists and watches pods, and is told what is wrong in the words of Kubernetes', async () => {
    const watching = client.watch({ resource: PODS, namespace: 'default' });
    const seen: string[] = [];
    let cancelled = false;
    const gone = new Promise<void>((resolve, reject) => {
      watching.on('data', ({ events = [] }: Chunk) => {
        for (const { type, object } of events) {
          seen.push(`${type} ${object?.pod?.metadata?.name}`);
          if (type === 'WATCH_EVENT_TYPE_DELETED') resolve();
        }
      });
      watching.on('error', (error) => {
        if (!cancelled) reject(error);
      });
    });
    const { object } = await call('create', {
      resource: PODS,
      namespace: 'default',
      object: pod('from-outside'),
    });
    assert.equal(object?.pod?.metadata?.name, 'from-outside');
    assert.match(object?.pod?.metadata?.uid ?? '', /^[0-9a-f-]{36}$/);

    const names: string[] = [];
    for await (const { objects = [] } of client.list({
      resource: PODS,
      namespace: 'default',
    }) as AsyncIterable<Chunk>)
      names.push(...objects.map((each) => each.pod?.metadata?.name ?? ''));
    assert.deepEqual(names, ['from-outside']);

    await assert.rejects(
      call('create', { resource: PODS, namespace: 'default', object: pod('from-outside') }),
      /ALREADY_EXISTS: pods "from-outside" already exists/,
    );
    await assert.rejects(
      call('create', { resource: PODS, namespace: 'default', object: pod('Not A Name') }),
      /INVALID_ARGUMENT: .*metadata\.name: Invalid value: "Not A Name"/,
    );
    await call('delete', {
      resource: PODS,
      namespace: 'default',
      name: 'from-outside',
      options: { gracePeriodSeconds: 0 },
    });
    await gone;
    cancelled = true;
    watching.cancel();
    assert.equal(seen[0], 'WATCH_EVENT_TYPE_ADDED from-outside');
    assert.ok(seen.includes('WATCH_EVENT_TYPE_MODIFIED from-outside'), 'it was bound and ran');
  });

  test('the example in Python declares a Deployment, sees it run, and is told why', async (t) => {
    if (!(await ensurePrograms(['protoc', 'grpc_python_plugin'], PYTHON_PACKAGES)))
      return t.skip(`${PYTHON_PACKAGES.join(', ')} are not installed, and cannot be`);
    const { kubeconfig } = cluster.layout;
    const { stdout } = await run(PYTHON_EXAMPLE, ['--kubeconfig', kubeconfig]);
    assert.match(stdout, /^created deployment from-python at revision \d+$/m);
    assert.match(stdout, /system:kube-controller-manager {2}create .*asks for 2 pods$/m);
    assert.match(stdout, /the pod is Running$/m);
    assert.match(stdout, /^deleted deployment from-python$/m);
  });
});
