import { ExtendedKeyUsage, KeyUsageFlags } from '@peculiar/x509';

/** Key usages by their names in the Kubernetes API (certificates.k8s.io/v1, `KeyUsage`). */
const FLAGS: { readonly [usage: string]: KeyUsageFlags } = {
  signing: KeyUsageFlags.digitalSignature,
  'digital signature': KeyUsageFlags.digitalSignature,
  'content commitment': KeyUsageFlags.nonRepudiation,
  'key encipherment': KeyUsageFlags.keyEncipherment,
  'data encipherment': KeyUsageFlags.dataEncipherment,
  'key agreement': KeyUsageFlags.keyAgreement,
  'cert sign': KeyUsageFlags.keyCertSign,
  'crl sign': KeyUsageFlags.cRLSign,
  'encipher only': KeyUsageFlags.encipherOnly,
  'decipher only': KeyUsageFlags.decipherOnly,
};

const EXTENDED: { readonly [usage: string]: string } = {
  any: '2.5.29.37.0',
  'server auth': ExtendedKeyUsage.serverAuth,
  'client auth': ExtendedKeyUsage.clientAuth,
  'code signing': ExtendedKeyUsage.codeSigning,
  'email protection': ExtendedKeyUsage.emailProtection,
  's/mime': ExtendedKeyUsage.emailProtection,
  timestamping: ExtendedKeyUsage.timeStamping,
  'ocsp signing': ExtendedKeyUsage.ocspSigning,
};

export function keyUsageFlags(usages: readonly string[]): number {
  let flags = 0;
  for (const usage of usages) flags |= FLAGS[usage] ?? 0;
  return flags;
}

export function extendedUsages(usages: readonly string[]): readonly string[] {
  return [...new Set(usages.map((usage) => EXTENDED[usage]).filter((oid) => oid !== undefined))];
}
