/**
 * Kubernetes' CertificateApproval and CertificateSigning: whoever may write the approval or the certificate of a request
 * needs a right to its signer, too
 * (https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization).
 */
import { forbidden, isObject, semanticEqual } from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject, Target } from '../verbs/types.ts';

const GROUP = 'certificates.k8s.io';
const REQUESTS = `certificatesigningrequests.${GROUP}`;

export interface CertificateChange {
  readonly target: Target;
  readonly before: KubeObject;
  readonly after: KubeObject;
}

export function restrictCertificate(
  preparation: Preparation,
  { target, before, after }: CertificateChange,
): void {
  if (target.resource.groupResource !== REQUESTS) return;
  if (target.subresource === 'approval') requireSigner(preparation, { target, before, verb: 'approve' });
  const signed = !semanticEqual(statusOf(before).certificate, statusOf(after).certificate);
  if (target.subresource === 'status' && signed) requireSigner(preparation, { target, before, verb: 'sign' });
}

function requireSigner(
  { env, context: { user } }: Preparation,
  { target, before, verb }: { readonly target: Target; readonly before: KubeObject; readonly verb: string },
): void {
  const spec = isObject(before.spec) ? before.spec : {};
  const signer = String(spec.signerName ?? '');
  const may = (name: string) =>
    env.authority.allows(user, {
      verb,
      group: GROUP,
      resource: 'signers',
      subresource: '',
      namespace: '',
      name,
    });
  if (may(signer) || may(`${signer.split('/')[0]}/*`)) return;
  const why = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`;
  throw forbidden(REQUESTS, target.name, why);
}

function statusOf({ status }: KubeObject): Readonly<Record<string, unknown>> {
  return isObject(status) ? status : {};
}
