import type { TLSSocket } from 'node:tls';
import type { User } from '../verbs/types.ts';

/**
 * The user a client certificate names: its common name, in the groups of its organizations (Kubernetes
 * authentication: "X.509 client certificates").
 *
 * @param socket of a server whose only `ca` is the cluster's, so that `authorized` means: signed by it, for clients,
 *   valid now.
 * @returns undefined without a certificate or with one that is not ours.
 */
export function certificateUser(socket: TLSSocket): User | undefined {
  if (!socket.authorized) return undefined;
  const subject = socket.getPeerCertificate()?.subject;
  if (!subject) return undefined;
  const name = onlyOne(subject.CN);
  if (!name) return undefined;
  return { name, groups: [...asList(subject.O), 'system:authenticated'] };
}

function asList(value: string | string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function onlyOne(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[value.length - 1] : value;
}
