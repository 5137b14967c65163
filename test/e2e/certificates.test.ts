import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { certificateRequest, type RequestTraits } from '@reckon/pki/testing/certificate-request.ts';
import { TestCluster } from './support/cluster.ts';

interface Wanted extends RequestTraits {
  readonly name: string;
  readonly signer: string;
  readonly usages: readonly string[];
  readonly expirationSeconds?: number;
}

describe('certificates that are asked for, with kubectl', () => {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-certificates-'));
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
  });
  after(async () => {
    await cluster?.stop();
    rmSync(directory, { recursive: true });
  });

  const kubectl = (line: string) => cluster.kubectl(line.split(' '));

  /** Asks for it, as whoever `as` says; the private key. */
  async function ask(wanted: Wanted, ...as: readonly string[]): Promise<string> {
    const { pem, key } = await certificateRequest(wanted);
    const { name, signer: signerName, usages, expirationSeconds } = wanted;
    const object = {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: { request: Buffer.from(pem).toString('base64'), signerName, usages, expirationSeconds },
    };
    const file = join(directory, `${name}.json`);
    writeFileSync(file, JSON.stringify(object));
    const output = await cluster.kubectl(['create', '-f', file, ...as]);
    assert.doesNotMatch(output, /Warning/);
    return key;
  }

  async function issued(name: string): Promise<string> {
    await kubectl(`wait csr/${name} --for=jsonpath={.status.certificate} --timeout=20s`);
    return Buffer.from(
      await kubectl(`get csr ${name} -o jsonpath={.status.certificate}`),
      'base64',
    ).toString();
  }

  test('a person approves a client, who is then who the certificate says', async () => {
    const key = await ask({
      name: 'jane',
      commonName: 'jane',
      organizations: ['dev'],
      signer: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
      expirationSeconds: 3_600,
    });
    assert.match(await kubectl('get csr jane'), /Pending/);
    await kubectl('certificate approve jane');
    const certificate = await issued('jane');
    const { validToDate } = new X509Certificate(certificate);
    assert.ok(validToDate.getTime() < Date.now() + 3_700_000, 'for no longer than was asked for');
    const { clusters } = JSON.parse(await kubectl('config view --raw -o json'));
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const file = join(directory, 'kubeconfig');
    const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters,
      users: [{ name: 'u', user }],
      contexts: [{ name: 'c', context: { cluster: clusters[0]?.name, user: 'u' } }],
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    const { stderr } = await cluster.tryKubectl(['get', 'pods', `--kubeconfig=${file}`]);
    assert.match(stderr, /User "jane" cannot list resource "pods"/);
  });

  test('a node that joins by a bootstrap token gets its client certificate without anybody', async () => {
    await ask(
      {
        name: 'joins',
        commonName: 'system:node:n9',
        organizations: ['system:nodes'],
        signer: 'kubernetes.io/kube-apiserver-client-kubelet',
        usages: ['digital signature', 'client auth'],
      },
      '--as=system:bootstrap:abcdef',
      '--as-group=system:bootstrappers',
      '--as-group=system:authenticated',
    );
    assert.equal(new X509Certificate(await issued('joins')).subject, 'O=system:nodes\nCN=system:node:n9');
    assert.match(await kubectl('get csr joins'), /Approved,Issued/);
  });

  test('what is no node client fails, whoever approves it; what is denied is never signed', async () => {
    const signer = 'kubernetes.io/kube-apiserver-client-kubelet';
    const usages = ['digital signature', 'client auth'];
    const nodeless = { commonName: 'system:node:n9', organizations: ['system:masters'], signer, usages };
    await ask({ ...nodeless, name: 'wrong' });
    await kubectl('certificate approve wrong');
    await kubectl('wait csr/wrong --for=condition=Failed --timeout=20s');
    const path = '{.status.conditions[?(@.type=="Failed")].message}';
    assert.equal(
      await cluster.kubectl(['get', 'csr', 'wrong', '-o', `jsonpath=${path}`]),
      'subject organization is not system:nodes',
    );
    await ask({ ...nodeless, name: 'denied' });
    await kubectl('certificate deny denied');
    assert.match(await kubectl('get csr denied'), /Denied/);
  });
});
