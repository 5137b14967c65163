import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestCertificates {
  readonly ca: string;
  /** A certificate and key, PEM, for this common name and for 127.0.0.1. */
  issue(commonName: string): { readonly cert: string; readonly key: string };
}

/** A throw-away authority, by openssl. */
export function testCertificates(): TestCertificates {
  const dir = mkdtempSync(join(tmpdir(), 'reckon-certs-'));
  try {
    return authority(dir);
  } finally {
    process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  }
}

function authority(dir: string): TestCertificates {
  const file = (name: string) => join(dir, name);
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
    '-subj',
    '/CN=test-ca',
    '-days',
    '1',
  );
  return {
    ca: readFileSync(file('ca.crt'), 'utf8'),
    issue(commonName) {
      writeFileSync(file('ext'), 'subjectAltName=IP:127.0.0.1\n');
      openssl(
        'req',
        ...newKey,
        '-keyout',
        file('c.key'),
        '-out',
        file('c.csr'),
        '-subj',
        `/CN=${commonName}`,
      );
      openssl(
        'x509',
        '-req',
        '-in',
        file('c.csr'),
        '-CA',
        file('ca.crt'),
        '-CAkey',
        file('ca.key'),
        '-CAcreateserial',
        '-out',
        file('c.crt'),
        '-days',
        '1',
        '-extfile',
        file('ext'),
      );
      return { cert: readFileSync(file('c.crt'), 'utf8'), key: readFileSync(file('c.key'), 'utf8') };
    },
  };
}
