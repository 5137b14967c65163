/** What the node's network needs to know of Services and EndpointSlices: the fields it reads, nothing else. */

export interface ServiceObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalName?: string;
    readonly sessionAffinity?: string;
    readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } };
    readonly ports?: readonly {
      readonly name?: string;
      readonly protocol?: string;
      readonly port: number;
      readonly nodePort?: number;
    }[];
  };
}

export interface EndpointSliceObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly addressType: string;
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly hostname?: string;
    readonly conditions?: {
      readonly ready?: boolean;
      readonly serving?: boolean;
      readonly terminating?: boolean;
    };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly port?: number }[];
}

/** A host port of a pod on this node. */
export interface HostPort {
  readonly hostIP?: string;
  readonly hostPort: number;
  readonly protocol: Protocol;
  readonly podIP: string;
  readonly containerPort: number;
}

export type Protocol = 'tcp' | 'udp' | 'sctp';

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

/** One port of one Service with the endpoints that take its traffic now, sorted. */
export interface ServicePort {
  /** `namespace/name:port name`: identifies it over time. */
  readonly id: string;
  readonly protocol: Protocol;
  /** Empty for headless services. */
  readonly clusterIP: string;
  readonly port: number;
  readonly nodePort?: number;
  /** A client comes back to the endpoint that it had, unless it stays away for so long. */
  readonly affinityS?: number;
  readonly endpoints: readonly Endpoint[];
}

/** Settings of one node's network. All names on the host derive from `tableName`. */
export interface NetworkSettings {
  /** nftables table, e.g. `reckon-a1b2c3-node-1`. */
  readonly tableName: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  /** Where pods send DNS queries. */
  readonly dnsIP: string;
  /** The node's own address: the DNS server listens there. */
  readonly nodeIP: string;
}
