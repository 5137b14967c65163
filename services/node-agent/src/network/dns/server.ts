import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { ApiError } from '@reckon/api';
import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
} from 'dns-packet';
import type { Forwarder } from './forwarder.ts';
import type { Zone } from './zone.ts';

/** Short: endpoints change, and a query costs little on the same machine. */
const TTL_SECONDS = 5;
/** RFC 1035: what fits a UDP answer without EDNS. */
const PLAIN_UDP_BYTES = 512;
const REFUSED = 5;
const NXDOMAIN = 3;
const SERVFAIL = 2;
const TRUNCATED = 1 << 9;

export interface DnsServerOptions {
  readonly zone: Zone;
  readonly forwarder: Forwarder;
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
  readonly onError: (error: unknown) => void;
}

/** Answers for the cluster's zone and passes everything else on, over UDP and TCP (RFC 1035, RFC 7766). */
export class DnsServer {
  readonly #options: DnsServerOptions;
  #udp: UdpSocket | undefined;
  #tcp: Server | undefined;
  readonly #connections = new Set<Socket>();

  constructor(options: DnsServerOptions) {
    this.#options = options;
  }

  /** Resolves to the port, the same for UDP and TCP. */
  async start(): Promise<number> {
    const { address, port, onError } = this.#options;
    const tcp = createServer((socket) => this.#serve(socket));
    this.#tcp = tcp;
    await new Promise<void>((resolve, reject) => {
      tcp.once('error', reject);
      tcp.listen({ host: address, port }, resolve);
    });
    const bound = tcp.address();
    if (!bound || typeof bound === 'string')
      throw new ApiError('InternalError', 'the DNS listener has no port');
    const udp = createSocket('udp4');
    this.#udp = udp;
    udp.on('message', (query, from) => {
      void this.#answer(query, 'udp').then((reply) => {
        if (reply) udp.send(reply, from.port, from.address);
      }, onError);
    });
    await new Promise<void>((resolve, reject) => {
      udp.once('error', reject);
      udp.bind(bound.port, address, resolve);
    });
    udp.on('error', onError);
    return bound.port;
  }

  stop(): void {
    this.#udp?.close();
    this.#tcp?.close();
    for (const socket of this.#connections) socket.destroy();
    this.#options.forwarder.stop();
  }

  #serve(socket: Socket): void {
    let pending: Buffer = Buffer.alloc(0);
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        const query = pending.subarray(2, end);
        pending = pending.subarray(end);
        void this.#answer(query, 'tcp').then((reply) => {
          if (!reply || socket.destroyed) return;
          const length = Buffer.alloc(2);
          length.writeUInt16BE(reply.length);
          socket.write(Buffer.concat([length, reply]));
        }, this.#options.onError);
      }
    });
  }

  /** `undefined`: not a DNS query; no answer is due. */
  async #answer(query: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    const packet = parse(query);
    const question = packet?.questions?.[0];
    if (packet?.type !== 'query') return undefined;
    if (!question) return encode(reply(packet, REFUSED, []));
    if (!this.#options.zone.owns(question.name)) {
      try {
        return await this.#options.forwarder.forward(query, transport);
      } catch {
        // RFC 2308 section 7: a server that cannot reach another says SERVFAIL, so that the client may ask elsewhere.
        return encode(reply(packet, SERVFAIL, []));
      }
    }
    const bytes = encode(this.#fromZone(packet, question.name, question.type));
    if (transport === 'tcp' || bytes.length <= udpLimitBytes(packet)) return bytes;
    return encode({ ...reply(packet, 0, []), flags: flags(packet, 0) | TRUNCATED });
  }

  #fromZone(packet: Packet, name: string, type: string): Packet {
    const { zone } = this.#options;
    const records = zone.lookup(name, type);
    if (records && records.length > 0) {
      const answers = records.map((record) => ({ ...record, name, ttl: TTL_SECONDS, class: 'IN' }) as const);
      return reply(packet, 0, answers);
    }
    return { ...reply(packet, records ? 0 : NXDOMAIN, []), authorities: [startOfAuthority(zone.domain)] };
  }
}

function parse(query: Buffer): ReturnType<typeof decode> | undefined {
  try {
    return decode(query);
  } catch {
    // Bytes that are no DNS message get no answer (RFC 1035 leaves it open; an answer would serve reflection attacks).
    return undefined;
  }
}

function flags(query: Packet, rcode: number): number {
  return AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED) | rcode;
}

function reply(query: Packet, rcode: number, answers: NonNullable<Packet['answers']>): Packet {
  return {
    type: 'response',
    id: query.id ?? 0,
    flags: flags(query, rcode),
    questions: query.questions ?? [],
    answers,
  };
}

function startOfAuthority(domain: string): NonNullable<Packet['authorities']>[number] {
  return {
    type: 'SOA',
    name: domain,
    ttl: TTL_SECONDS,
    data: {
      mname: `ns.dns.${domain}`,
      rname: `hostmaster.${domain}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86400,
      minimum: TTL_SECONDS,
    },
  };
}

function udpLimitBytes(query: Packet): number {
  const edns = query.additionals?.find((record) => record.type === 'OPT');
  return edns?.type === 'OPT' ? Math.max(PLAIN_UDP_BYTES, edns.udpPayloadSize) : PLAIN_UDP_BYTES;
}
