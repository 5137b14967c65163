import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { NodePlan } from '../components/types.ts';
import { CliError } from '../errors.ts';
import type { ClusterSettings } from '../state/cluster.ts';
import { addressIn } from './addresses.ts';

const run = promisify(execFile);

/**
 * Further nodes of this machine live in network namespaces, each on a cable (veth) to a bridge of the cluster, which
 * stands for the network between machines:
 *
 *   machine (node 1, .1) ── bridge rk<id> ── rk<id>n2 ═ eth0 (node 2, .2)
 *                                         └─ rk<id>n3 ═ eth0 (node 3, .3)
 *
 * Pods are routed to their node's address. Whatever is there already stays as it is. `down` finds all of it by name.
 */
export async function joinNodes(settings: ClusterSettings, nodes: readonly NodePlan[]): Promise<void> {
  const further = nodes.filter(({ netns }) => netns !== undefined);
  if (further.length === 0) return;
  const { nodeCidr, cluster } = settings;
  const bridge = `rk${cluster.id}`;
  const gateway = addressIn(nodeCidr, 1);
  try {
    if (!existsSync(`/sys/class/net/${bridge}`)) await ip('link', 'add', bridge, 'type', 'bridge');
    await ip('address', 'replace', `${gateway}/24`, 'dev', bridge);
    await ip('link', 'set', bridge, 'up');
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
    await masquerade(settings, bridge);
    for (const node of further) {
      await plugIn(node, bridge, gateway);
      await ip('route', 'replace', node.podCidr, 'via', node.address);
    }
  } catch (error) {
    throw new CliError(
      `the network of further nodes could not be made: ${error instanceof Error ? error.message.trim() : error}`,
      'one node needs none of it: ./reckon up --nodes 1',
      { cause: error },
    );
  }
}

async function plugIn(
  { netns = '', index, address }: NodePlan,
  bridge: string,
  gateway: string,
): Promise<void> {
  const outside = `${bridge}n${index}`;
  if (!existsSync(`/run/netns/${netns}`)) await ip('netns', 'add', netns);
  if (!existsSync(`/sys/class/net/${outside}`))
    await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns);
  await ip('link', 'set', outside, 'master', bridge, 'up');
  // What enters by the cable may have to leave by it: a node port of node 1, asked from here for a pod here.
  await ip('link', 'set', outside, 'type', 'bridge_slave', 'hairpin', 'on');
  await ip('-n', netns, 'link', 'set', 'lo', 'up');
  await ip('-n', netns, 'address', 'replace', `${address}/24`, 'dev', 'eth0');
  await ip('-n', netns, 'link', 'set', 'eth0', 'up');
  await ip('-n', netns, 'route', 'replace', 'default', 'via', gateway);
}

/** What nodes send beyond this machine gets its address: nobody else knows the way back to theirs. */
async function masquerade({ cluster, nodeCidr }: ClusterSettings, bridge: string): Promise<void> {
  const table = `ip reckon-${cluster.id}-nodes`;
  const rule = `ip saddr ${nodeCidr} oifname != "${bridge}" fib daddr type != local masquerade`;
  const script = `add table ${table}
delete table ${table}
table ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ${rule}
  }
}
`;
  const running = run('nft', ['-f', '-']);
  running.child.stdin?.end(script);
  await running;
}

async function ip(...args: string[]): Promise<void> {
  await run('ip', args);
}
