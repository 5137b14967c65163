/**
 * `grpc.health.v1.Health`, which load balancers and `grpc_health_probe` ask (github.com/grpc/grpc/doc/health-checking.md):
 * SERVING exactly when `/readyz` says ok. Anybody may ask, as there.
 */
import { create } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import {
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { Clock } from '@reckon/service';
import type { HealthProbes } from '../rest/health.ts';
import type { GrpcService } from './listener.ts';

export const HEALTH = 'grpc.health.v1.Health';

export const SERVING = 1;
export const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;
export type Serving = typeof SERVING | typeof NOT_SERVING | typeof SERVICE_UNKNOWN;

/** How often it is looked whether something has changed for who watches. */
const PERIOD_MS = 1_000;

interface Asked {
  /** '' for the whole server. */
  readonly service: string;
}

export interface HealthParts {
  readonly probes: Pick<HealthProbes, 'ready'>;
  readonly clock: Clock;
  /** Full names of those that are served. */
  readonly services: readonly string[];
}

export function healthService({ probes, clock, services }: HealthParts): GrpcService {
  const looked = async (): Promise<Serving> => {
    const failed = (await probes.ready()).some(({ problem }) => problem !== undefined);
    return failed ? NOT_SERVING : SERVING;
  };
  const isKnown = ({ service }: Asked) => service === '' || services.includes(service);
  const now = async (asked: Asked): Promise<Serving> => (isKnown(asked) ? looked() : SERVICE_UNKNOWN);
  const watched = new Watched(looked, clock);
  const check = async (call: ServerUnaryCall<Asked, Serving>, answer: sendUnaryData<Serving>) => {
    const serving = await now(call.request);
    if (serving !== SERVICE_UNKNOWN) return answer(null, serving);
    const details = `there is no service ${JSON.stringify(call.request.service.slice(0, 200))}`;
    answer({ code: status.NOT_FOUND, details });
  };
  const watch = async (call: ServerWritableStream<Asked, Serving>) => {
    if (!isKnown(call.request)) return void call.write(SERVICE_UNKNOWN);
    let last: Serving | undefined;
    const tell = (serving: Serving) => {
      if (serving === last || call.cancelled) return;
      last = serving;
      call.write(serving);
    };
    call.on('cancelled', watched.add(tell));
    tell(await looked());
  };
  return {
    definition: {
      Check: { ...METHOD, path: `/${HEALTH}/Check`, requestStream: false, responseStream: false },
      Watch: { ...METHOD, path: `/${HEALTH}/Watch`, requestStream: false, responseStream: true },
    } satisfies ServiceDefinition,
    implementation: { Check: check, Watch: watch },
  };
}

/** Anybody may watch, so however many do, the server is looked at once in a period for all of them. */
export class Watched {
  readonly #looked: () => Promise<Serving>;
  readonly #clock: Clock;
  readonly #watchers = new Set<(serving: Serving) => void>();
  #stop: (() => void) | undefined;
  #looking = false;

  constructor(looked: () => Promise<Serving>, clock: Clock) {
    this.#looked = looked;
    this.#clock = clock;
  }

  /** The result ends it. */
  add(watcher: (serving: Serving) => void): () => void {
    this.#watchers.add(watcher);
    this.#stop ??= this.#clock.every(PERIOD_MS, () => void this.#look());
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const serving = await this.#looked();
      for (const watcher of this.#watchers) watcher(serving);
    } finally {
      this.#looking = false;
    }
  }
}

const METHOD = {
  requestSerialize: ({ service }: Asked) =>
    Buffer.from(new BinaryWriter().tag(1, 2).string(service).finish()),
  requestDeserialize: (bytes: Buffer): Asked => {
    const reader = new BinaryReader(bytes);
    let service = '';
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1) service = reader.string();
      else reader.skip(wireType, field);
    }
    return { service };
  },
  responseSerialize: (serving: Serving) => Buffer.from(new BinaryWriter().tag(1, 0).int32(serving).finish()),
  responseDeserialize: (bytes: Buffer): number => {
    const reader = new BinaryReader(bytes);
    return reader.len > 0 && reader.tag()[0] === 1 ? reader.int32() : 0;
  },
};

/** For who asks by reflection. */
export const healthDescriptor: FileDescriptorProto = create(FileDescriptorProtoSchema, {
  name: 'grpc/health/v1/health.proto',
  package: 'grpc.health.v1',
  syntax: 'proto3',
  messageType: [
    {
      name: 'HealthCheckRequest',
      field: [{ name: 'service', number: 1, label: Label.OPTIONAL, type: Type.STRING }],
    },
    {
      name: 'HealthCheckResponse',
      field: [
        {
          name: 'status',
          number: 1,
          label: Label.OPTIONAL,
          type: Type.ENUM,
          typeName: '.grpc.health.v1.HealthCheckResponse.ServingStatus',
        },
      ],
      enumType: [
        {
          name: 'ServingStatus',
          value: ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'].map((name, number) => ({
            name,
            number,
          })),
        },
      ],
    },
  ],
  service: [
    {
      name: 'Health',
      method: [
        { name: 'Check', serverStreaming: false },
        { name: 'Watch', serverStreaming: true },
      ].map((method) => ({
        ...method,
        inputType: '.grpc.health.v1.HealthCheckRequest',
        outputType: '.grpc.health.v1.HealthCheckResponse',
      })),
    },
  ],
});
