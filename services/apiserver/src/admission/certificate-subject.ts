/**
 * Kubernetes' CertificateSubjectRestriction: nobody becomes a member of `system:masters` by way of a certificate that is
 * asked for here. Requests come as PKCS #10 (RFC 2986); what is read of them is the organizations in their subject.
 */
import { forbidden, isObject } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';

const REQUESTS = 'certificatesigningrequests.certificates.k8s.io';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const MASTERS = 'system:masters';

const SEQUENCE = 0x30;
const SET = 0x31;
const OBJECT_ID = 0x06;
/** id-at-organizationName, 2.5.4.10. */
const ORGANIZATION = Buffer.of(0x55, 0x04, 0x0a);

export function refuseMasters(request: KubeObject): void {
  const spec = isObject(request.spec) ? request.spec : {};
  if (spec.signerName !== CLIENT_SIGNER || typeof spec.request !== 'string') return;
  if (!organizationsIn(derOf(Buffer.from(spec.request, 'base64').toString('latin1'))).includes(MASTERS))
    return;
  const why = `use of ${CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`;
  throw forbidden(REQUESTS, request.metadata.name ?? '', why);
}

function derOf(pem: string): Buffer {
  const [, body = ''] = /-----BEGIN [A-Z ]+-----([\s\S]+?)-----END/.exec(pem) ?? [];
  return Buffer.from(body, 'base64');
}

/** CertificationRequest → CertificationRequestInfo → subject (after the version) → its parts. */
function organizationsIn(der: Buffer): readonly string[] {
  const info = children(children(der)[0]?.content)[0]?.content;
  const subject = children(info).find(({ tag }) => tag === SEQUENCE)?.content;
  return children(subject)
    .filter(({ tag }) => tag === SET)
    .flatMap(({ content }) => children(content))
    .flatMap(({ content }) => {
      const [type, value] = children(content);
      return type?.tag === OBJECT_ID && type.content.equals(ORGANIZATION) && value ? [textOf(value)] : [];
    });
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** BMPString has two bytes a character; all others here are read as bytes. */
function textOf({ tag, content }: Element): string {
  const BMP_STRING = 0x1e;
  if (tag !== BMP_STRING) return content.toString('utf8');
  return Buffer.from(content.subarray(0, content.length & ~1))
    .swap16()
    .toString('utf16le');
}

/** The elements one after the other (X.690, definite lengths); what is broken ends them. */
function children(bytes: Buffer = Buffer.alloc(0)): readonly Element[] {
  const found: Element[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length > 0x80) {
      const size = length - 0x80;
      if (size > 4 || at + size > bytes.length) break;
      length = bytes.readUIntBE(at, size);
      at += size;
    }
    found.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}
