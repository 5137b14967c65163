/** What a kubeconfig says of a program that knows who its user is (KEP-541, `users[].user.exec`). */
import { isAbsolute, resolve, sep } from 'node:path';
import { isObject } from '@reckon/api/json/types.ts';

type Fields = Readonly<Record<string, unknown>>;

const API_VERSIONS: readonly string[] = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
];
const MODES = ['Never', 'IfAvailable', 'Always'] as const;

export interface ExecConfig {
  readonly apiVersion: string;
  /** A path, or a name that is looked for in PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** Beside what our own process has. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the program may ask the person at the terminal. */
  readonly interactiveMode: (typeof MODES)[number];
  /** Told to who does not have the program. */
  readonly installHint: string | undefined;
  /** What the program is told of the cluster; undefined: nothing. */
  readonly cluster: Fields | undefined;
}

/** The extension of a cluster's entry that is handed on to the program. */
const CLUSTER_EXTENSION = 'client.authentication.k8s.io/exec';

/**
 * @param exec as it stands in the kubeconfig.
 * @param cluster the cluster's entry, certificates as `certificate-authority-data`.
 * @param directory what the command is relative to if it is a relative path.
 * @throws Error that says what is missing or not understood; `named` says where.
 */
export function execConfig(
  exec: Fields,
  {
    cluster,
    directory,
    named,
  }: { readonly cluster: Fields; readonly directory: string; readonly named: string },
): ExecConfig {
  const wrong = (what: string) => new Error(`${named} identifies its user by exec, ${what}`);
  const { apiVersion, command, interactiveMode } = exec;
  if (typeof command !== 'string' || command === '') throw wrong('but names no command');
  if (typeof apiVersion !== 'string' || !API_VERSIONS.includes(apiVersion))
    throw wrong(`with apiVersion ${JSON.stringify(apiVersion)}: it must be ${API_VERSIONS.join(' or ')}`);
  const isFirst = apiVersion === API_VERSIONS[0];
  const mode = MODES.find((one) => one === (interactiveMode ?? (isFirst ? undefined : 'IfAvailable')));
  if (!mode)
    throw wrong(
      `with interactiveMode ${JSON.stringify(interactiveMode)}: it must be one of ${MODES.join(', ')}`,
    );
  return {
    apiVersion,
    command: command.includes(sep) && !isAbsolute(command) ? resolve(directory, command) : command,
    args: listOf(exec.args).map(String),
    env: Object.fromEntries(
      listOf(exec.env)
        .filter(isObject)
        .map(({ name, value }) => [String(name), String(value ?? '')]),
    ),
    interactiveMode: mode,
    installHint:
      typeof exec.installHint === 'string' && exec.installHint !== '' ? exec.installHint : undefined,
    cluster: exec.provideClusterInfo === true ? toldOf(cluster) : undefined,
  };
}

function toldOf(cluster: Fields): Fields {
  const extension = listOf(cluster.extensions)
    .filter(isObject)
    .find(({ name }) => name === CLUSTER_EXTENSION);
  const told: Record<string, unknown> = {};
  for (const name of ['server', 'tls-server-name', 'certificate-authority-data', 'proxy-url'])
    if (cluster[name] !== undefined && cluster[name] !== '') told[name] = cluster[name];
  if (extension) told.config = extension.extension;
  return told;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
