/** What a kubeconfig says about where the cluster is and who we are. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { isObject } from '@reckon/api/json/types.ts';
import { parse } from 'yaml';
import { type ExecConfig, execConfig } from './exec-config.ts';

/** The extension of a cluster's entry that names its gRPC door. */
const GRPC_EXTENSION = 'reckon.dev/grpc';
/** Where that door is unless somebody moved it. */
const GRPC_PORT = 6444;

export interface KubeconfigSource {
  /** One or several files, as in KUBECONFIG; absent: KUBECONFIG, or `~/.kube/config`. */
  readonly path?: string | undefined;
  /** Absent: the current context. */
  readonly context?: string | undefined;
}

/** A context of a kubeconfig; certificates and keys are PEM. */
export interface KubeconfigContext {
  /** `host:port` of the gRPC door. */
  readonly server: string;
  readonly certificateAuthority: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  readonly serverName: string | undefined;
  readonly token: string | undefined;
  /** Read anew at each call: whoever wrote it may renew it. */
  readonly tokenFile: string | undefined;
  /** The program that has the token; undefined if a token is stated. */
  readonly exec: ExecConfig | undefined;
  readonly namespace: string;
}

type Fields = Readonly<Record<string, unknown>>;

interface Entry {
  readonly fields: Fields;
  /** What its paths are relative to. */
  readonly directory: string;
}

/** Throws an Error that says what is missing or not understood. */
export function readKubeconfig({ path, context }: KubeconfigSource): KubeconfigContext {
  const paths = kubeconfigPaths(path);
  const files = paths.map((file) => ({ file, fields: parsed(file) }));
  const named = paths.join(delimiter);
  const find = (list: string, name: string): Entry => {
    for (const { file, fields } of files) {
      const entry = listOf(fields[list]).find((one) => one.name === name);
      // `clusters` hold a `cluster`, `users` a `user`, `contexts` a `context`.
      const inner = entry?.[list.slice(0, -1)];
      if (isObject(inner)) return { fields: inner, directory: dirname(file) };
    }
    throw new Error(`${named} has no ${list.slice(0, -1)} ${JSON.stringify(name)}`);
  };
  const current = context ?? firstText(files.map(({ fields }) => fields['current-context']));
  if (current === undefined)
    throw new Error(`${named} names no current context: name one with the option context`);
  const { fields: chosen } = find('contexts', current);
  const cluster = find('clusters', textOf(chosen.cluster) ?? '');
  const user = chosen.user === undefined ? undefined : find('users', textOf(chosen.user) ?? '');
  refuseUnknown(cluster.fields, user?.fields ?? {}, named);
  const authority = pem(cluster, 'certificate-authority');
  const token = user && textOf(user.fields.token);
  const tokenFile = user && pathIn(user, 'tokenFile');
  const isStated = token !== undefined || tokenFile !== undefined;
  return {
    server: grpcServer(cluster.fields, named),
    certificateAuthority: authority,
    serverName: textOf(cluster.fields['tls-server-name']),
    clientCertificate: user && pem(user, 'client-certificate'),
    clientKey: user && pem(user, 'client-key'),
    token,
    tokenFile,
    exec: user && !isStated ? execOf(user, cluster.fields, { authority, named }) : undefined,
    namespace: textOf(chosen.namespace) ?? 'default',
  };
}

function kubeconfigPaths(path: string | undefined): readonly string[] {
  const stated = (path ?? process.env.KUBECONFIG ?? '').split(delimiter).filter((part) => part !== '');
  return stated.length > 0 ? stated : [join(homedir(), '.kube', 'config')];
}

function parsed(file: string): Fields {
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the kubeconfig ${file} cannot be read: ${why}`, { cause: error });
  }
  if (!isObject(value)) throw new Error(`the kubeconfig ${file} is empty, or no kubeconfig`);
  return value;
}

/** What is left out would end in a connection that is refused or, worse, not checked. */
function refuseUnknown(cluster: Fields, user: Fields, named: string): void {
  if (cluster['insecure-skip-tls-verify'] === true)
    throw new Error(
      `${named} asks not to verify the server (insecure-skip-tls-verify): not supported, give its certificate-authority`,
    );
  for (const way of ['auth-provider', 'username'])
    if (user[way] !== undefined)
      throw new Error(`${named} identifies its user by ${way}: not supported, give a token or a certificate`);
}

function execOf(
  { fields, directory }: Entry,
  cluster: Fields,
  { authority, named }: { readonly authority: string | undefined; readonly named: string },
): ExecConfig | undefined {
  if (fields.exec === undefined || fields.exec === null) return undefined;
  const exec = isObject(fields.exec) ? fields.exec : {};
  const data = authority === undefined ? undefined : Buffer.from(authority).toString('base64');
  return execConfig(exec, {
    cluster: { ...cluster, 'certificate-authority-data': data },
    directory,
    named,
  });
}

/** The extension, or the usual port of the same host. */
function grpcServer(cluster: Fields, named: string): string {
  const extension = listOf(cluster.extensions).find(({ name }) => name === GRPC_EXTENSION)?.extension;
  const stated = isObject(extension) ? textOf(extension.server) : undefined;
  if (stated !== undefined) return stated;
  const server = textOf(cluster.server) ?? '';
  if (!URL.canParse(server))
    throw new Error(`${named} names no server that is a URL: ${JSON.stringify(server)}`);
  return `${new URL(server).hostname}:${GRPC_PORT}`;
}

function pem(entry: Entry, name: string): string | undefined {
  const data = textOf(entry.fields[`${name}-data`]);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const path = pathIn(entry, name);
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}

function pathIn({ fields, directory }: Entry, name: string): string | undefined {
  const path = textOf(fields[name]);
  return path === undefined ? undefined : resolve(directory, path);
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function firstText(values: readonly unknown[]): string | undefined {
  return values.map(textOf).find((text) => text !== undefined);
}

/** Empty is absent, as in client-go. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
