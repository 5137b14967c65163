/**
 * Declares settings and a Deployment that reads them in one transaction, waits until it is ready, and asks why.
 *
 *     node deploy.js [KUBECONFIG]
 */
import { type Client, CONFIG_MAPS, connect, DEPLOYMENTS, isApiError, operation, PODS } from '@reckon/sdk';
import type { PodTemplateSpec } from '@reckon/sdk/api/core/v1/pod';

const NAME = 'from-typescript';
const REPLICAS = 2;
const READY_WITHIN_MS = 60_000;
const labels = { app: NAME };

const template: PodTemplateSpec = {
  metadata: { labels },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'busybox',
        imagePullPolicy: 'IfNotPresent',
        command: ['sleep', 'infinity'],
        envFrom: [{ configMapRef: { name: NAME } }],
      },
    ],
  },
};

/** Both or neither: no pod ever starts without its settings. Resolves to the revision to watch from. */
async function deploy(cluster: Client): Promise<number> {
  const { firstRevision, revision } = await cluster.transact(
    [
      operation.require(DEPLOYMENTS, NAME, 0),
      operation.create(CONFIG_MAPS, { metadata: { name: NAME }, data: { COLOUR: 'blue' } }),
      operation.create(DEPLOYMENTS, {
        metadata: { name: NAME },
        spec: { replicas: REPLICAS, selector: { matchLabels: labels }, template },
      }),
    ],
    { because: 'the example asks for it' },
  );
  console.log(`declared in one commit, revisions ${firstRevision} to ${revision}`);
  return revision;
}

async function untilReady(cluster: Client, after: number): Promise<void> {
  const events = cluster.watch(DEPLOYMENTS, {
    namespace: cluster.namespace,
    fieldSelector: `metadata.name=${NAME}`,
    after,
    timeoutMs: READY_WITHIN_MS,
  });
  for await (const event of events) {
    if (event.type === 'BOOKMARK') continue;
    const { readyReplicas = 0 } = event.object.status ?? {};
    console.log(`  ${event.revision}  ${readyReplicas} of ${REPLICAS} ready`);
    if (readyReplicas === REPLICAS) return;
  }
}

async function explain(cluster: Client): Promise<void> {
  const { items } = await cluster.list(PODS, { namespace: cluster.namespace, labelSelector: `app=${NAME}` });
  const [pod] = items;
  if (!pod) throw new Error('there is no pod');
  console.log(`why does ${pod.metadata.name} run?`);
  const { records } = await cluster.why(PODS, pod.metadata.name);
  for (const { revision, cause = '', actor, operation: did, resource, name, because = '' } of records)
    console.log(`  ${revision}  <- ${cause}  ${actor} ${did} ${resource}/${name}  ${because}`);
}

const [kubeconfig] = process.argv.slice(2);
const cluster = connect({ kubeconfig });
try {
  await untilReady(cluster, await deploy(cluster));
  await explain(cluster);
  await cluster.transact([operation.delete(DEPLOYMENTS, NAME), operation.delete(CONFIG_MAPS, NAME)]);
  console.log(`deleted ${NAME}`);
} catch (error) {
  if (!isApiError(error)) throw error;
  console.error(`${error.reason}: ${error.message}`);
  for (const { field, message } of error.details.causes ?? []) console.error(`  ${field}: ${message}`);
  process.exitCode = 1;
} finally {
  cluster.close();
}
