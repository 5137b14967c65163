import type { Clock, Random } from '@reckon/service';
import type { Conntrack } from './conntrack.ts';
import { createForwarder } from './dns/forwarder.ts';
import { DnsServer } from './dns/server.ts';
import { Zone } from './dns/zone.ts';
import { onLoopback } from './host-address.ts';
import { LoopbackProxy } from './loopback-proxy.ts';
import type { Nft } from './nft.ts';
import { ServiceTable } from './service-table.ts';
import type { EndpointSliceObject, HostPort, NetworkSettings, ServiceObject } from './types.ts';

export interface NodeNetworkOptions {
  readonly settings: NetworkSettings;
  readonly nft: Nft;
  readonly conntrack: Conntrack;
  readonly clock: Clock;
  readonly random: Random;
  /** Name servers for what lies outside the cluster, in order of preference. */
  readonly upstreamServers: readonly string[];
  readonly onError: (message: string, error: unknown) => void;
}

/**
 * Services as one node sees them: the kernel's table, localhost node ports and the DNS server, all following the same
 * Services and EndpointSlices. Tell it of each change, then `flush` once a batch.
 */
export class NodeNetwork {
  readonly #options: NodeNetworkOptions;
  readonly #zone: Zone;
  readonly #dns: DnsServer;
  readonly #proxy: LoopbackProxy;
  readonly #slices = new Map<string, EndpointSliceObject>();
  #hostPorts: readonly HostPort[] = [];
  #table: ServiceTable | undefined;

  constructor(options: NodeNetworkOptions) {
    const { settings, clock, random, upstreamServers, onError } = options;
    this.#options = options;
    this.#zone = new Zone(settings.clusterDomain);
    this.#dns = new DnsServer({
      zone: this.#zone,
      forwarder: createForwarder(upstreamServers, clock),
      address: settings.nodeIP,
      port: 0,
      onError: (error) => onError('the DNS server failed', error),
    });
    this.#proxy = new LoopbackProxy({
      random,
      onPortTaken: (address, port, error) => onError(`node port ${port} is taken on ${address}`, error),
    });
  }

  /** Resolves once the kernel has the (still empty) table and DNS answers. */
  async start(): Promise<void> {
    const { settings, nft, conntrack, clock, onError } = this.#options;
    const dnsPort = await this.#dns.start();
    this.#table = new ServiceTable({
      settings,
      nft,
      conntrack,
      clock,
      dnsPort,
      onProgrammed: (ports) => void this.#proxy.set([...ports, ...this.#hostPorts.flatMap(onLoopback)]),
      onError: (error) => onError('Services could not be programmed', error),
    });
    await this.#table.flush();
  }

  /** `undefined`: the Service is gone. */
  setService(namespace: string, name: string, service: ServiceObject | undefined): void {
    this.#table?.setService(namespace, name, service);
    this.#zone.setService(namespace, name, service);
  }

  setSlice(namespace: string, name: string, slice: EndpointSliceObject | undefined): void {
    const key = `${namespace}/${name}`;
    const before = this.#slices.get(key);
    if (slice) this.#slices.set(key, slice);
    else this.#slices.delete(key);
    this.#table?.setSlice(namespace, name, before, slice);
    this.#zone.setSlice(namespace, name, before, slice);
  }

  setHostPorts(hostPorts: readonly HostPort[]): void {
    this.#hostPorts = hostPorts;
    this.#table?.setHostPorts(hostPorts);
  }

  /** Writes what changed to the kernel; changes told meanwhile go with the next flush. */
  async flush(): Promise<void> {
    await this.#table?.flush();
  }

  /** Leaves nothing behind in the kernel. Pods lose their Services: for `down`, not for a restart of the agent. */
  async remove(): Promise<void> {
    this.close();
    await this.#table?.stop();
  }

  /** Stops answering; the kernel keeps what it has, so that pods go on talking while the agent restarts. */
  close(): void {
    this.#proxy.stop();
    this.#dns.stop();
  }
}
