import { mkdirSync } from 'node:fs';
import type { NatsConfig } from '@reckon/service';
import type { Passwords } from '../state/cluster.ts';
import { writeFileAtomically } from '../state/files.ts';
import type { ComponentSpec } from '../supervisor/types.ts';
import type { Surroundings } from './types.ts';

const HOST = '127.0.0.1';
const PUBLISHER = 'publisher';
const READER = 'reader';

export function prepareNats(around: Surroundings): void {
  const { layout, settings } = around;
  mkdirSync(layout.natsDir, { recursive: true, mode: 0o700 });
  writeFileAtomically(
    configFile(around),
    natsConfigText({
      name: `reckon-${settings.cluster.id}`,
      port: settings.ports.nats,
      storeDir: layout.natsDir,
      passwords: settings.passwords,
    }),
  );
}

export function natsComponent(around: Surroundings): ComponentSpec {
  const { layout, settings } = around;
  return {
    name: 'nats',
    command: ['nats-server', '--config', configFile(around)],
    env: {},
    cwd: layout.natsDir,
    after: [],
    ready: { type: 'greeting', host: HOST, port: settings.ports.nats, text: 'INFO ' },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    logFile: layout.log('nats'),
  };
}

/** How a service reaches NATS: API servers publish, the others only read. */
export function natsAccess(around: Surroundings, role: 'publisher' | 'reader'): NatsConfig {
  const { settings } = around;
  const { natsPublisher, natsReader } = settings.passwords;
  return {
    url: settings.natsUrl ?? `nats://${HOST}:${settings.ports.nats}`,
    user: role === 'publisher' ? PUBLISHER : READER,
    password: role === 'publisher' ? natsPublisher : natsReader,
  };
}

/**
 * Readers may look at streams and make consumers of their own; they can neither publish to the log's subjects nor
 * change or delete a stream (docs.nats.io: JetStream API subjects).
 */
const READER_MAY_PUBLISH = [
  '$JS.API.INFO',
  '$JS.API.STREAM.NAMES',
  '$JS.API.STREAM.LIST',
  '$JS.API.STREAM.INFO.*',
  '$JS.API.STREAM.MSG.GET.*',
  '$JS.API.DIRECT.GET.>',
  '$JS.API.CONSUMER.>',
  '$JS.ACK.>',
  '$JS.FC.>',
];
const READER_MAY_SUBSCRIBE = ['_INBOX.>'];

/** What nats-server is told; `passwords` for its two users. */
export function natsConfigText(config: {
  readonly name: string;
  readonly port: number;
  readonly storeDir: string;
  readonly passwords: Pick<Passwords, 'natsPublisher' | 'natsReader'>;
}): string {
  const { natsPublisher, natsReader } = config.passwords;
  const quote = (value: string) => JSON.stringify(value);
  const listOf = (values: readonly string[]) => `[${values.map(quote).join(', ')}]`;
  return `# Written by reckon up.
server_name: ${quote(config.name)}
listen: ${quote(`${HOST}:${config.port}`)}
logtime: true
jetstream {
  store_dir: ${quote(config.storeDir)}
}
authorization {
  users: [
    { user: ${PUBLISHER}, password: ${quote(natsPublisher)} }
    {
      user: ${READER}, password: ${quote(natsReader)}
      permissions: {
        publish: ${listOf(READER_MAY_PUBLISH)}
        subscribe: ${listOf(READER_MAY_SUBSCRIBE)}
      }
    }
  ]
}
`;
}

function configFile({ layout }: Surroundings): string {
  return layout.config('nats').replace(/\.json$/, '.conf');
}
