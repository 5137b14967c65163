/** What wraps the keys of secrets: a file, or a key management service, which also unwraps what the file has wrapped. */
import type { ApiServerConfig, ServiceContext } from '@reckon/service';
import { FileKeyProvider, type KeyProvider, KmsKeyProvider, type KmsOptions } from '@reckon/store';

type Context = Pick<ServiceContext<ApiServerConfig>, 'clock' | 'config' | 'health' | 'log' | 'signal'>;

export interface OpenKeys {
  readonly keys: KeyProvider;
  close(): void;
}

/** As Kubernetes calls it. */
const CHECK = 'kms-providers';
const AGAIN_MS = 1_000;

export async function openKeys(context: Context): Promise<OpenKeys> {
  const { secretsKeyFile, secretsKms: socket } = context.config;
  const before = await FileKeyProvider.read(secretsKeyFile);
  if (socket === undefined) return { keys: before, close: () => undefined };
  const keys = await connect(context, { socket, before, clock: context.clock });
  context.health.addReady(CHECK, () => keys.check());
  return { keys, close: () => keys.close() };
}

/** No secret can be read without the service: it is waited for, and readiness says what is waited for. */
async function connect(
  { clock, health, log, signal }: Context,
  options: KmsOptions,
): Promise<KmsKeyProvider> {
  let problem = 'it has not answered yet';
  const done = health.addReady(CHECK, () => {
    throw new Error(problem);
  });
  try {
    for (;;) {
      try {
        return await KmsKeyProvider.connect(options);
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        if (said !== problem)
          log.error('the key management service is waited for', { socket: options.socket, error });
        problem = said;
      }
      await clock.sleep(AGAIN_MS, signal);
    }
  } finally {
    done();
  }
}
