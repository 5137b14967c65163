/**
 * What the signers of Kubernetes sign
 * (https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers).
 */
import type { AskedCertificate } from '@reckon/pki';

export const CLIENT_KUBELET = 'kubernetes.io/kube-apiserver-client-kubelet';
const CLIENT = 'kubernetes.io/kube-apiserver-client';
const SERVING_KUBELET = 'kubernetes.io/kubelet-serving';

const NODE_PREFIX = 'system:node:';
const NODES_GROUP = 'system:nodes';

type Check = (asked: AskedCertificate, usages: readonly string[]) => string | undefined;

const SIGNERS: { readonly [name: string]: Check } = {
  [CLIENT_KUBELET]: (asked, usages) =>
    notOfNode(asked) ?? anyAlternative(asked) ?? notFor('client auth', usages),
  [SERVING_KUBELET]: (asked, usages) =>
    notOfNode(asked) ?? wrongServerNames(asked) ?? notFor('server auth', usages),
  [CLIENT]: (_asked, usages) => notOnlyClient(usages),
};

export function isOurs(signerName: string | undefined): boolean {
  return Object.hasOwn(SIGNERS, signerName ?? '');
}

/** Why the signer does not sign it; undefined if it does. */
export function objection(
  signerName: string | undefined,
  asked: AskedCertificate | string,
  usages: readonly string[],
): string | undefined {
  if (typeof asked === 'string') return asked;
  return SIGNERS[signerName ?? '']?.(asked, usages);
}

function notOfNode({ commonName, organizations }: AskedCertificate): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== NODES_GROUP) {
    return `subject organization is not ${NODES_GROUP}`;
  }
  return commonName.startsWith(NODE_PREFIX) && commonName.length > NODE_PREFIX.length
    ? undefined
    : `subject common name does not begin with ${NODE_PREFIX}`;
}

function anyAlternative(asked: AskedCertificate): string | undefined {
  if (asked.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (asked.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
  return otherAlternative(asked);
}

function otherAlternative({ emailAddresses, uris }: AskedCertificate): string | undefined {
  if (emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  return uris.length > 0 ? 'URI subjectAltNames are not allowed' : undefined;
}

function wrongServerNames(asked: AskedCertificate): string | undefined {
  if (asked.dnsNames.length + asked.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
  return otherAlternative(asked);
}

/** Exactly this, with or without key encipherment. */
function notFor(purpose: string, usages: readonly string[]): string | undefined {
  const others = usages.filter((usage) => usage !== 'key encipherment').sort();
  const wanted = ['digital signature', purpose].sort();
  return others.length === wanted.length && others.every((usage, i) => usage === wanted[i])
    ? undefined
    : `usages did not match "digital signature", "${purpose}" and at most "key encipherment"`;
}

function notOnlyClient(usages: readonly string[]): string | undefined {
  const allowed = ['digital signature', 'key encipherment', 'client auth'];
  const other = usages.find((usage) => !allowed.includes(usage));
  if (other) return `usage "${other}" is not one of "${allowed.join('", "')}"`;
  return usages.includes('client auth') ? undefined : 'usages did not contain "client auth"';
}
