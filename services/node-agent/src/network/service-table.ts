import type { Clock } from '@reckon/service';
import type { Conntrack } from './conntrack.ts';
import type { Nft } from './nft.ts';
import { createScript, planRuleset, type Ruleset, updateScript } from './ruleset.ts';
import { SERVICE_NAME_LABEL, servicePorts } from './service-ports.ts';
import { staleFlows, type UdpWays, udpWays } from './stale-flows.ts';
import type { EndpointSliceObject, HostPort, NetworkSettings, ServiceObject, ServicePort } from './types.ts';

/** How long after a failure the whole table is made anew. */
const REPAIR_DELAY_MS = 1_000;

export interface ServiceTableOptions {
  readonly settings: NetworkSettings;
  readonly nft: Nft;
  readonly conntrack: Conntrack;
  readonly clock: Clock;
  readonly dnsPort: number;
  /** Told of every state that the kernel now has. */
  readonly onProgrammed?: (ports: readonly ServicePort[]) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Keeps the kernel's table equal to the Services and EndpointSlices it was last told of. Changes that arrive while
 * one is being written are written together next; a failed write makes the next one rebuild the table whole.
 */
export class ServiceTable {
  readonly #options: ServiceTableOptions;
  readonly #services = new Map<string, ServiceObject>();
  readonly #slicesByService = new Map<string, Map<string, EndpointSliceObject>>();
  readonly #portsByService = new Map<string, readonly ServicePort[]>();
  #hostPorts: readonly HostPort[] = [];
  readonly #dirty = new Set<string>();
  #hostPortsDirty = false;
  #programmed: Ruleset | undefined;
  /** As of the last state that the kernel had. */
  #udpWays: UdpWays = new Map();
  #running: Promise<void> | undefined;
  #cancelRepair: (() => void) | undefined;
  #stopped = false;

  constructor(options: ServiceTableOptions) {
    this.#options = options;
  }

  /** `undefined` takes the Service away. */
  setService(namespace: string, name: string, service: ServiceObject | undefined): void {
    const key = `${namespace}/${name}`;
    if (service) this.#services.set(key, service);
    else this.#services.delete(key);
    this.#markDirty(key);
  }

  setSlice(
    namespace: string,
    name: string,
    before: EndpointSliceObject | undefined,
    after: EndpointSliceObject | undefined,
  ): void {
    const oldKey = serviceKeyOf(namespace, before);
    const newKey = serviceKeyOf(namespace, after);
    if (oldKey && oldKey !== newKey) {
      this.#slicesByService.get(oldKey)?.delete(name);
      this.#markDirty(oldKey);
    }
    if (!newKey || !after) return;
    const slices = this.#slicesByService.get(newKey) ?? new Map<string, EndpointSliceObject>();
    slices.set(name, after);
    this.#slicesByService.set(newKey, slices);
    this.#markDirty(newKey);
  }

  setHostPorts(hostPorts: readonly HostPort[]): void {
    this.#hostPorts = hostPorts;
    this.#hostPortsDirty = true;
  }

  /** Writes what changed; resolves when the kernel has it. Errors go to `onError` and are repaired. */
  async flush(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#stopped) return;
    if (this.#programmed && this.#dirty.size === 0 && !this.#hostPortsDirty) return;
    this.#running = this.#write().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Takes the table away. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRepair?.();
    await this.#running;
    const table = `inet ${this.#options.settings.tableName}`;
    await this.#options.nft.run(`add table ${table}\ndelete table ${table}\n`);
  }

  #markDirty(key: string): void {
    this.#dirty.add(key);
  }

  async #write(): Promise<void> {
    const { settings, nft, clock, dnsPort, onProgrammed, onError } = this.#options;
    this.#refreshDirty();
    const ports = [...this.#portsByService.keys()]
      .sort()
      .flatMap((key) => this.#portsByService.get(key) ?? []);
    const next = planRuleset(ports, this.#hostPorts);
    const script = this.#programmed
      ? updateScript(settings, this.#programmed, next)
      : createScript(settings, next, dnsPort);
    try {
      if (script) await nft.run(script);
      this.#programmed = next;
      onProgrammed?.(ports);
      await this.#forgetStaleFlows(ports);
    } catch (error) {
      this.#programmed = undefined;
      onError(error);
      this.#cancelRepair?.();
      this.#cancelRepair = clock.after(REPAIR_DELAY_MS, () => void this.flush());
    }
  }

  /** After the table has changed: what is forgotten is decided anew by it. */
  async #forgetStaleFlows(ports: readonly ServicePort[]): Promise<void> {
    const { settings, conntrack, onError } = this.#options;
    const before = this.#udpWays;
    this.#udpWays = udpWays(settings.nodeIP, ports, this.#hostPorts);
    for (const flows of staleFlows(before, this.#udpWays)) await conntrack.forget(flows).catch(onError);
  }

  #refreshDirty(): void {
    for (const key of this.#dirty) {
      const service = this.#services.get(key);
      const slices = [...(this.#slicesByService.get(key)?.values() ?? [])];
      if (service) this.#portsByService.set(key, servicePorts(service, slices));
      else this.#portsByService.delete(key);
      if (slices.length === 0) this.#slicesByService.delete(key);
    }
    this.#dirty.clear();
    this.#hostPortsDirty = false;
  }
}

function serviceKeyOf(namespace: string, slice: EndpointSliceObject | undefined): string | undefined {
  const name = slice?.metadata.labels?.[SERVICE_NAME_LABEL];
  return name ? `${namespace}/${name}` : undefined;
}
