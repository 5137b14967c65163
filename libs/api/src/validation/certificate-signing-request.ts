import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '@reckon/proto/reckon/api/certificates/v1/certificate_signing_request.ts';
import type { Cause } from '../errors/api-error.ts';
import { subdomainName } from '../names/object-name.ts';
import { duplicate, forbidden, invalidValue, notSupported, required } from './causes.ts';
import { checkDomainPath } from './domain-path.ts';
import type { Frozen, KindRules } from './types.ts';

type Request = Frozen<CertificateSigningRequest>;

const MIN_SECONDS = 600;
const REQUEST_PEM = /-----BEGIN (CERTIFICATE REQUEST|[A-Z ]+)-----[\s\S]+-----END \1-----/;
const CERTIFICATE_PEM = /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/;

const USAGES: readonly string[] = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

/** Decided once, by somebody with the right to; nobody takes it back. */
const DECISIONS = ['Approved', 'Denied'] as const;

export const CERTIFICATE_SIGNING_REQUEST: KindRules<CertificateSigningRequest> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    const { request = '', signerName = '', usages = [], expirationSeconds } = spec;
    if (request !== '') checkRequest(request, causes);
    if (usages.length === 0) causes.push(required('spec.usages', 'usages is required'));
    const seen = new Set<string>();
    for (const [index, usage] of usages.entries()) {
      const field = `spec.usages[${index}]`;
      if (!USAGES.includes(usage)) causes.push(notSupported(field, usage, USAGES));
      if (seen.has(usage)) causes.push(duplicate(field, usage));
      seen.add(usage);
    }
    if (signerName !== '') checkDomainPath(signerName, 'spec.signerName', causes);
    if (signerName === 'kubernetes.io/legacy-unknown') {
      const why = 'the legacy signerName is not allowed via this API version';
      causes.push(invalidValue('spec.signerName', signerName, why));
    }
    if (expirationSeconds !== undefined && expirationSeconds < MIN_SECONDS) {
      const why = 'may not specify a duration less than 600 seconds (10 minutes)';
      causes.push(invalidValue('spec.expirationSeconds', expirationSeconds, why));
    }
  },
  status: (after, before, causes) => {
    checkConditions(after, before, causes);
    for (const type of DECISIONS) {
      if (conditionOf(after, type) === undefined || conditionOf(before, type) !== undefined) continue;
      causes.push(forbidden('status.conditions', `updates may not add a condition of type "${type}"`));
    }
    const { certificate = '' } = after.status ?? {};
    const old = before.status?.certificate ?? '';
    if (old !== '' && old !== certificate) {
      causes.push(forbidden('status.certificate', 'updates may not modify certificate content'));
    } else if (certificate !== '' && !CERTIFICATE_PEM.test(decoded(certificate))) {
      const why = 'must contain at least one CERTIFICATE PEM block';
      causes.push(invalidValue('status.certificate', '<certificate data>', why));
    }
  },
  approval: checkConditions,
};

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('latin1');
}

function checkRequest(request: string, causes: Cause[]): void {
  const block = REQUEST_PEM.exec(decoded(request));
  if (block?.[1] === 'CERTIFICATE REQUEST') return;
  causes.push(invalidValue('spec.request', request, 'PEM block type must be CERTIFICATE REQUEST'));
}

function conditionOf(
  { status }: Request,
  wanted: string,
): Frozen<CertificateSigningRequestCondition> | undefined {
  return status?.conditions?.find(({ type }) => type === wanted);
}

function checkConditions(after: Request, before: Request, causes: Cause[]): void {
  const seen = new Set<string>();
  for (const [index, { type = '', status = '' }] of (after.status?.conditions ?? []).entries()) {
    const path = `status.conditions[${index}]`;
    if (type === '') causes.push(required(`${path}.type`));
    if (seen.has(type)) causes.push(duplicate(`${path}.type`, type));
    seen.add(type);
    if (status === '') causes.push(required(`${path}.status`));
    else if (type === 'Approved' || type === 'Denied' || type === 'Failed') {
      if (status !== 'True') causes.push(notSupported(`${path}.status`, status, ['True']));
    }
    if (type === 'Denied' && seen.has('Approved')) {
      const why = 'Approved and Denied conditions are mutually exclusive';
      causes.push(invalidValue(`${path}.type`, type, why));
    }
  }
  for (const type of [...DECISIONS, 'Failed']) {
    if (conditionOf(before, type) === undefined || conditionOf(after, type) !== undefined) continue;
    causes.push(forbidden('status.conditions', `updates may not remove a condition of type "${type}"`));
  }
}
