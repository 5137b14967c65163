import { X509Certificate } from 'node:crypto';
import type { Clock } from '@reckon/service';
import type { SubjectAlternative } from './types.ts';

/** Why a certificate should be issued again; undefined if it is good for a quarter of its life yet. */
export function reasonToRenew(
  certPem: string,
  authorityPem: string,
  alternatives: readonly SubjectAlternative[],
  clock: Clock,
): string | undefined {
  const certificate = new X509Certificate(certPem);
  const authority = new X509Certificate(authorityPem);
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey))
    return 'another authority issued it';
  const endMs = certificate.validToDate.getTime();
  const lifeMs = endMs - certificate.validFromDate.getTime();
  if (endMs - clock.nowMs() < lifeMs / 4) return 'it expires soon';
  const absent = alternatives.find(({ type, value }) =>
    type === 'ip'
      ? certificate.checkIP(value) === undefined
      : certificate.checkHost(value, { wildcards: false }) === undefined,
  );
  return absent && `it does not speak for ${absent.value}`;
}
