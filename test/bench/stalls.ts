/**
 * Programs that hang for 5 seconds, one after the other and again and again, as on machines that are short of memory or
 * migrate: no node may be taken for lost, and no pod may move. Half of the stalls are of the agents. (All of an hour,
 * in virtual time, is in test/simulation.)
 *
 *   ./reckon bench stalls [MINUTES]   default 3
 */
import { DEPLOYMENTS } from '@reckon/client';
import { SeededRandom, systemClock } from '@reckon/service';
import { TestCluster } from '../e2e/support/cluster.ts';
import { timeToPods } from './workloads/deployments.ts';
import { atMost, figureTable, plain } from './workloads/figures.ts';
import { headOf } from './workloads/head.ts';
import { judgements } from './workloads/judgements.ts';

const STALL_MS = 5_000;
const WORK_MS = { least: 1_500, most: 5_000 };
const AGENT = 'node-agent-hollow';
const OTHERS = ['apiserver', 'nats', 'controller-manager', 'scheduler'];
const REPLICAS = 6;

const minutes = Number(process.argv[2] ?? 3);
const cluster = await TestCluster.start({ hollow: 3 });
try {
  await timeToPods(cluster.api, 'web', REPLICAS);
  const head = await headOf(cluster.api);
  const random = new SeededRandom(17);
  const startMs = systemClock.monotonicMs();
  let stalls = 0;
  while (systemClock.monotonicMs() - startMs < minutes * 60_000) {
    const other = OTHERS[Math.floor(random.next() * OTHERS.length)] ?? AGENT;
    const resume = await cluster.freeze(stalls++ % 2 === 0 ? AGENT : other);
    await systemClock.sleep(STALL_MS);
    resume();
    await systemClock.sleep(WORK_MS.least + random.next() * (WORK_MS.most - WORK_MS.least));
  }
  const found = await judgements(cluster.api, head);
  for (const line of found) console.log(`  ${line}`);
  const { components } = await cluster.status();
  const restarts = components.reduce((sum, component) => sum + component.restarts, 0);
  const { status } = await cluster.api.get(DEPLOYMENTS, { namespace: 'default', name: 'web' });
  console.log(
    figureTable([
      atMost(
        `${stalls} stalls of ${STALL_MS / 1_000} s: nodes taken for lost, pods moved`,
        found.length,
        0,
        '',
      ),
      plain('  programs that the supervisor started anew', `${restarts}`),
      plain('  replicas available at the end', `${status?.availableReplicas} of ${REPLICAS}`),
    ]),
  );
} finally {
  await cluster.stop();
}
