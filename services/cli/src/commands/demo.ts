import { join } from 'node:path';
import { styleText } from 'node:util';
import { systemClock } from '@reckon/service';
import { RestApi } from '../api/rest.ts';
import type { UpOptions } from '../cluster/settings.ts';
import { SOURCE_DIR } from '../cluster/surroundings.ts';
import type { Surroundings } from '../components/types.ts';
import { isReady, type Pod, podsUntil, restartsOf } from '../demo/pods.ts';
import { ask, askDuring, type Tally } from '../demo/requests.ts';
import { CliError } from '../errors.ts';
import { layoutOf } from '../state/layout.ts';
import { runningSupervisor } from '../supervisor/client.ts';
import { buildAndLoad } from './image.ts';
import { passThrough } from './kubectl.ts';
import { log } from './log.ts';
import { stateOption, up } from './up.ts';

const NODE_PORT = 30_000;
const REPLICAS = 3;
const STEP_TIMEOUT_MS = 120_000;
/** Of all that the log has, what people asked about: the rest follows from it. */
const TOLD = ['deployments.apps', 'replicasets.apps', 'pods', 'services'];
const DEPLOYMENT = 'deployment/spring-deployment';

/** The tour: an application from its first start over failures and updates to the log of it all. */
export async function demo(stateDir: string, options: UpOptions): Promise<void> {
  title(runningSupervisor(layoutOf(stateDir)) ? 'The cluster' : 'Starting a cluster');
  const around = await up(stateDir, options);
  const api = new RestApi(around.layout, around.settings);
  await kubectl(around, 'get', 'nodes', '-o', 'wide');
  const beganAt = await headOf(api);

  title('Images, without a registry');
  await buildAndLoad(stateDir, 'spring-server');

  title('The application: a Deployment of three, and a Service in front of it');
  await kubectl(around, 'apply', '-f', join(SOURCE_DIR, 'examples'));
  await kubectl(around, 'rollout', 'status', DEPLOYMENT);
  await kubectl(around, 'get', 'pods,services', '-o', 'wide');

  title(`Port ${NODE_PORT} of the node: another pod answers each time`);
  await askUntilAllAnswered();

  await crashOne(around, api);
  await deleteOne(around, api);

  title('A new version, while clients keep asking');
  report(await askDuring(NODE_PORT, 4, () => rollTo(around, 'spring-server:v2')));
  await expectVersion('v2');

  title('And back');
  report(
    await askDuring(NODE_PORT, 4, async () => {
      await kubectl(around, 'rollout', 'undo', DEPLOYMENT);
      await kubectl(around, 'rollout', 'status', DEPLOYMENT);
    }),
  );
  await expectVersion('v1');
  await kubectl(around, 'rollout', 'history', DEPLOYMENT);

  title('What happened: the log since we began (revision, time, who, what ⟵ cause, why)');
  await log(
    stateDir,
    { after: beganAt, namespace: 'default', resources: TOLD },
    AbortSignal.timeout(STEP_TIMEOUT_MS),
  );

  title('The cluster goes on running');
  say(`curl localhost:${NODE_PORT}          ask the application`);
  const state = stateOption(stateDir);
  say(`./reckon${state} kubectl get all     look around; any kubectl works with the kubeconfig`);
  say(`                             ${around.layout.kubeconfig}`);
  say(`./reckon${state} log -f              watch the log`);
  say(`./reckon${state} down                stop everything`);
}

/** The application dies in one of the containers: the container is started again in the same pod. */
async function crashOne(around: Surroundings, api: RestApi): Promise<void> {
  title('One container crashes');
  const pods = await readyPods(api);
  const victim = pods[0];
  if (!victim) throw new CliError('the application has no pods');
  const before = restartsOf(victim);
  const { name } = victim.metadata;
  await kubectl(around, 'exec', name, '--', 'killall', '-9', 'httpd');
  const startedMs = systemClock.monotonicMs();
  const wish = `${name} restarted and ready`;
  await podsUntil(
    api,
    wish,
    (now) => now.some((pod) => pod.metadata.name === name && restartsOf(pod) > before && isReady(pod)),
    AbortSignal.timeout(STEP_TIMEOUT_MS),
  );
  say(`${wish} after ${Math.round(systemClock.monotonicMs() - startedMs)} ms`);
  await kubectl(around, 'get', 'pods');
}

/** A pod goes: its ReplicaSet makes another. */
async function deleteOne(around: Surroundings, api: RestApi): Promise<void> {
  title('One pod is deleted');
  const before = new Set((await readyPods(api)).map(({ metadata }) => metadata.name));
  const [name = ''] = before;
  const startedMs = systemClock.monotonicMs();
  await kubectl(around, 'delete', 'pod', name, '--wait=false');
  const pods = await podsUntil(
    api,
    'another pod ready in its place',
    (now) => now.filter((pod) => isReady(pod) && pod.metadata.name !== name).length === REPLICAS,
    AbortSignal.timeout(STEP_TIMEOUT_MS),
  );
  const successor = pods.find((pod) => isReady(pod) && !before.has(pod.metadata.name));
  say(
    `${successor?.metadata.name} took its place after ${Math.round(systemClock.monotonicMs() - startedMs)} ms`,
  );
  await kubectl(around, 'get', 'pods');
}

async function rollTo(around: Surroundings, image: string): Promise<void> {
  await kubectl(around, 'set', 'image', DEPLOYMENT, `spring-container=${image}`);
  await kubectl(around, 'rollout', 'status', DEPLOYMENT);
}

function readyPods(api: RestApi): Promise<readonly Pod[]> {
  return podsUntil(
    api,
    `${REPLICAS} pods ready`,
    (pods) => pods.filter(isReady).length === REPLICAS,
    AbortSignal.timeout(STEP_TIMEOUT_MS),
  ).then((pods) => pods.filter(isReady));
}

async function askUntilAllAnswered(): Promise<void> {
  const seen = new Set<string>();
  const deadlineMs = systemClock.monotonicMs() + STEP_TIMEOUT_MS;
  let lastError = '';
  while (seen.size < REPLICAS && systemClock.monotonicMs() < deadlineMs) {
    const reply = await ask(NODE_PORT);
    if ('error' in reply) {
      lastError = reply.error;
      await systemClock.sleep(50);
    } else if (!seen.has(reply.pod)) {
      seen.add(reply.pod);
      say(`${reply.pod} answers, version ${reply.version}`);
    }
  }
  if (seen.size < REPLICAS)
    throw new CliError(`only ${seen.size} of ${REPLICAS} pods answer on port ${NODE_PORT} ${lastError}`);
}

async function expectVersion(version: string): Promise<void> {
  const reply = await ask(NODE_PORT);
  if ('error' in reply) throw new CliError(`port ${NODE_PORT} does not answer: ${reply.error}`);
  if (reply.version !== version)
    throw new CliError(`port ${NODE_PORT} answers with ${reply.version}, not ${version}`);
}

function report({ total, failed, versions }: Tally): void {
  const shares = [...versions].map(([version, count]) => `${count} from ${version}`).join(', ');
  say(`${total} requests meanwhile: ${shares}, ${failed.length} failed`);
  if (failed.length > 0)
    throw new CliError(`requests failed during the update: ${[...new Set(failed)].join('; ')}`);
}

async function kubectl({ layout }: Surroundings, ...args: string[]): Promise<void> {
  console.log(styleText('cyan', `$ kubectl ${args.join(' ').replace(`${SOURCE_DIR}/`, '')}`));
  const code = await passThrough('kubectl', args, { KUBECONFIG: layout.kubeconfig });
  if (code !== 0) throw new CliError(`kubectl ${args.join(' ')} ended with ${code}`);
}

async function headOf(api: RestApi): Promise<number> {
  const list = await api.get<{ metadata: { resourceVersion: string } }>('/api/v1/namespaces');
  return Number(list.metadata.resourceVersion);
}

function title(text: string): void {
  console.log(`\n${styleText('bold', `── ${text}`)}`);
}

function say(text: string): void {
  console.log(`  ${text}`);
}
