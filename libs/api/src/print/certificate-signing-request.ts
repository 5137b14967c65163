import type { CertificateSigningRequest } from '@reckon/proto/reckon/api/certificates/v1/certificate_signing_request.ts';
import { ageOf, humanDuration } from '../names/duration.ts';
import { AGE, NAME, orNone, printer, text } from './columns.ts';
import type { Frozen } from './types.ts';

const SECOND_MS = 1_000;

export const certificateSigningRequestPrinter = printer<CertificateSigningRequest>(
  [
    NAME,
    AGE,
    text('SignerName', 'Who is to sign.'),
    text('Requestor', 'Who asks.'),
    text('RequestedDuration', 'How long the certificate is to be valid.'),
    text('Condition', 'What has been decided, and whether it is signed.'),
  ],
  (request, nowMs) => {
    const { metadata, spec } = request;
    const seconds = spec?.expirationSeconds;
    return {
      cells: [
        metadata.name ?? '',
        ageOf(metadata.creationTimestamp, nowMs),
        orNone(spec?.signerName),
        spec?.username ?? '',
        seconds === undefined ? '<none>' : humanDuration(seconds * SECOND_MS),
        stateOf(request),
      ],
    };
  },
);

function stateOf({ status }: Frozen<CertificateSigningRequest>): string {
  const has = (wanted: string): boolean => (status?.conditions ?? []).some(({ type }) => type === wanted);
  const decided = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  const state = has('Failed') ? `${decided},Failed` : decided;
  return status?.certificate ? `${state},Issued` : state;
}
