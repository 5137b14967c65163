import { existsSync } from 'node:fs';
import { systemClock } from '@reckon/service';
import type { NodePlan, Surroundings } from '../components/types.ts';
import { addressIn } from '../host/addresses.ts';
import { machineAddress, nodeNameOfMachine } from '../host/machine.ts';
import type { ClusterSettings } from '../state/cluster.ts';
import type { Layout } from '../state/layout.ts';

/** Root of the checkout that this program is part of. */
export const SOURCE_DIR = new URL('../../../..', import.meta.url).pathname.replace(/\/$/, '');

export function surroundingsOf(layout: Layout, settings: ClusterSettings): Surroundings {
  const address = machineAddress() ?? '127.0.0.1';
  return {
    layout,
    settings,
    sourceDir: SOURCE_DIR,
    address,
    anyAddress: existsSync('/proc/net/if_inet6') ? '::' : '0.0.0.0',
    nodes: nodePlans(settings, address),
    clock: systemClock,
  };
}

/**
 * The first node is the machine itself; further ones live in network namespaces of their own, as if they were other
 * machines on a small network between them.
 */
function nodePlans(settings: ClusterSettings, machineAddress: string): readonly NodePlan[] {
  const { id, podCidr } = settings.cluster;
  const name = nodeNameOfMachine();
  return Array.from({ length: settings.nodes.real }, (_, offset) => {
    const index = offset + 1;
    const share = `${addressIn(podCidr, index * 256)}/24`;
    if (index === 1) return { index, name, address: machineAddress, podCidr: share };
    return {
      index,
      name: `${name}-${index}`,
      address: addressIn(settings.nodeCidr, index),
      podCidr: share,
      netns: `reckon-${id}-${index}`,
    };
  });
}
