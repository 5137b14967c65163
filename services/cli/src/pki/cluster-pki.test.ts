import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import { VirtualClock } from '@reckon/service';
import { ensurePki, type PkiNeeds, pkiFiles } from './cluster-pki.ts';

const DAY_MS = 86_400_000;
const root = mkdtempSync(join(tmpdir(), 'reckon-pki-'));
after(() => rmSync(root, { recursive: true }));

function fresh(): { dir: string; clock: VirtualClock; needs: PkiNeeds } {
  const dir = mkdtempSync(join(root, 'pki-'));
  const clock = new VirtualClock(new Date('2030-01-01T00:00:00Z').getTime());
  const needs: PkiNeeds = {
    clusterId: 'abc',
    server: [
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ],
    nodes: [{ name: 'worker-1', address: '127.0.0.1' }],
    clock,
  };
  return { dir, clock, needs };
}

test('every certificate is signed by the authority, names its owner, and private files are for the owner only', async () => {
  const { dir, needs } = fresh();
  await ensurePki(dir, needs);
  const files = pkiFiles(dir);
  const ca = new X509Certificate(readFileSync(files.caCert));
  const subjectOf = (path: string) => {
    const certificate = new X509Certificate(readFileSync(path));
    assert.ok(certificate.verify(ca.publicKey));
    return certificate.subject;
  };
  assert.equal(ca.ca, true);
  assert.equal(subjectOf(files.clients.apiserver.cert), 'CN=system:apiserver');
  assert.equal(subjectOf(files.clients.scheduler.cert), 'CN=system:kube-scheduler');
  assert.equal(subjectOf(files.clients['controller-manager'].cert), 'CN=system:kube-controller-manager');
  assert.equal(subjectOf(files.clients.admin.cert), 'O=system:masters\nCN=kubernetes-admin');
  assert.equal(subjectOf(files.node('worker-1').cert), 'O=system:nodes\nCN=system:node:worker-1');
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /key$/.test(name),
  ))
    assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
});

test('a second call writes nothing', async () => {
  const { dir, needs } = fresh();
  const first = await ensurePki(dir, needs);
  assert.equal(first.length, 6);
  assert.deepEqual(await ensurePki(dir, needs), []);
});

test('what expires soon is issued again, what data depends on stays', async () => {
  const { dir, clock, needs } = fresh();
  await ensurePki(dir, needs);
  const files = pkiFiles(dir);
  const kept = [files.caCert, files.serviceAccountKey, files.secretsKey];
  const before = kept.map((path) => readFileSync(path, 'utf8'));
  await clock.advance(200 * DAY_MS);
  assert.deepEqual(await ensurePki(dir, needs), []);
  await clock.advance(80 * DAY_MS);
  const notes = await ensurePki(dir, needs);
  assert.equal(notes.length, 6);
  assert.ok(notes.every((note) => note.endsWith('it expires soon')));
  assert.deepEqual(
    kept.map((path) => readFileSync(path, 'utf8')),
    before,
  );
});

test('a server that gets another address gets another certificate', async () => {
  const { dir, needs } = fresh();
  await ensurePki(dir, needs);
  const notes = await ensurePki(dir, {
    ...needs,
    server: [...needs.server, { type: 'ip', value: '192.168.7.7' }],
  });
  assert.deepEqual(notes, ['issued a certificate for kube-apiserver: it does not speak for 192.168.7.7']);
});

test('server and client believe each other over TLS, by name and by both loopback addresses', async () => {
  const { dir } = fresh();
  const { needs } = fresh();
  await ensurePki(dir, { ...needs, clock: { ...needs.clock, nowMs: () => Date.now() } });
  const files = pkiFiles(dir);
  const ca = readFileSync(files.caCert);
  const server = createServer(
    {
      ca,
      cert: readFileSync(files.server.cert),
      key: readFileSync(files.server.key),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket) => socket.end(String(socket.getPeerCertificate().subject.CN)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const address = server.address();
    assert.ok(typeof address === 'object' && address);
    for (const servername of ['localhost', '127.0.0.1', '::1']) {
      const name = await new Promise<string>((resolve, reject) => {
        const socket = connect({
          host: '127.0.0.1',
          port: address.port,
          ca,
          cert: readFileSync(files.clients.admin.cert),
          key: readFileSync(files.clients.admin.key),
          checkServerIdentity: (_host, certificate) => {
            const x509 = new X509Certificate(certificate.raw);
            const spoken = servername === 'localhost' ? x509.checkHost(servername) : x509.checkIP(servername);
            return spoken ? undefined : new Error(`does not speak for ${servername}`);
          },
        });
        let text = '';
        socket.on('data', (chunk) => {
          text += chunk;
        });
        socket.on('end', () => resolve(text));
        socket.on('error', reject);
      });
      assert.equal(name, 'kubernetes-admin');
    }
  } finally {
    server.close();
  }
});
