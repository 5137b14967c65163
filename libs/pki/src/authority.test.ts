import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { X509Certificate as Certificate, KeyUsagesExtension } from '@peculiar/x509';
import { VirtualClock } from '@reckon/service';
import { Authority } from './authority.ts';
import { parseRequest } from './request.ts';
import { certificateRequest } from './testing/certificate-request.ts';

const clock = new VirtualClock();
const NODE = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  alternatives: [
    { type: 'dns', value: 'n1' },
    { type: 'ip', value: '10.0.0.1' },
  ],
} as const;

describe('the authority', () => {
  it('signs what a request asks for, with its key, for so long', async () => {
    const pair = await Authority.create('test', clock);
    const authority = await Authority.load(pair, clock);
    const { pem } = await certificateRequest(NODE);
    const usages = ['digital signature', 'server auth'];
    const certificate = new X509Certificate(await authority.sign(pem, { usages, lifeMs: 3_600_000 }));
    assert.ok(certificate.verify(new X509Certificate(pair.cert).publicKey));
    assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:n1');
    assert.equal(certificate.subjectAltName, 'DNS:n1, IP Address:10.0.0.1');
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.equal(certificate.ca, false);
    assert.equal(certificate.validToDate.getTime(), clock.nowMs() + 3_600_000);
  });

  it('never signs for longer than it lives itself', async () => {
    const pair = await Authority.create('test', clock);
    const authority = await Authority.load(pair, clock);
    const { pem } = await certificateRequest(NODE);
    const signed = await authority.sign(pem, { usages: ['client auth'], lifeMs: 1e12 });
    assert.equal(new X509Certificate(signed).validTo, new X509Certificate(pair.cert).validTo);
  });

  it('forbids no use of the key where only what it is for is asked for', async () => {
    const authority = await Authority.load(await Authority.create('test', clock), clock);
    const { pem } = await certificateRequest(NODE);
    const signed = new Certificate(await authority.sign(pem, { usages: ['client auth'], lifeMs: 3_600_000 }));
    assert.equal(signed.getExtension(KeyUsagesExtension), null);
  });

  it('does not sign what is not signed with its own key', async () => {
    const authority = await Authority.load(await Authority.create('test', clock), clock);
    const { pem } = await certificateRequest(NODE);
    const bytes = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----/g, ''), 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    await assert.rejects(authority.sign(forged, { usages: ['client auth'], lifeMs: 1 }), /its own key/);
  });
});

describe('a request', () => {
  it('says who is meant, and by which names', async () => {
    const { pem } = await certificateRequest(NODE);
    assert.deepEqual(parseRequest(pem), {
      commonName: 'system:node:n1',
      organizations: ['system:nodes'],
      dnsNames: ['n1'],
      ipAddresses: ['10.0.0.1'],
      emailAddresses: [],
      uris: [],
    });
  });

  it('that is none is told of', () => {
    assert.match(String(parseRequest('nonsense')), /cannot be read/);
  });
});
