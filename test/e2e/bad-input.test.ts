import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { TestCluster } from './support/cluster.ts';
import { webDeployment } from './support/objects.ts';

interface Deployment {
  metadata: { resourceVersion?: string };
  spec: { selector: object; template: { spec: { containers: Record<string, unknown>[] } } };
}

describe('bad input gets the error that Kubernetes gives', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
  });
  after(() => cluster.stop());

  async function refusal(input: string | object, ...args: readonly string[]): Promise<string> {
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    const { code, stderr } = await cluster.tryKubectl(['apply', '-f', '-', ...args], { input: text });
    assert.notEqual(code, 0, 'it is refused');
    return stderr;
  }

  const deployment = (change: (object: Deployment) => void): object => {
    const object = webDeployment('bad', 1) as Deployment;
    change(object);
    return object;
  };

  test('broken YAML', async () => {
    assert.match(await refusal('a: [b\n'), /error converting YAML to JSON|error parsing/);
  });

  test('an unknown field', async () => {
    const object = deployment(({ spec }) => Object.assign(spec, { replica: 3 }));
    assert.match(await refusal(object), /strict decoding error: unknown field "spec\.replica"/);
    const { code, stderr } = await cluster.tryKubectl(
      ['apply', '--validate=warn', '--dry-run=server', '-f', '-'],
      {
        input: JSON.stringify(object),
      },
    );
    assert.equal(code, 0);
    assert.match(stderr, /Warning: unknown field "spec\.replica"/);
  });

  test('a quantity that is none', async () => {
    const object = deployment(({ spec }) => {
      Object.assign(spec.template.spec.containers[0] ?? {}, { resources: { requests: { cpu: 'much' } } });
    });
    assert.match(await refusal(object), /quantities must match the regular expression/);
  });

  test('a selector that does not match its template', async () => {
    const object = deployment(({ spec }) =>
      Object.assign(spec, { selector: { matchLabels: { app: 'other' } } }),
    );
    assert.match(
      await refusal(object),
      /The Deployment "bad" is invalid: spec\.template\.metadata\.labels: Invalid value: .*`selector` does not match template `labels`/,
    );
  });

  test('a missing required field, and several errors at once', async () => {
    const object = deployment(({ spec }) => {
      spec.template.spec.containers = [{ image: 'x' }, { name: 'UPPER', image: 'y' }];
    });
    const message = await refusal(object);
    assert.match(message, /spec\.template\.spec\.containers\[0\]\.name: Required value/);
    assert.match(
      message,
      /spec\.template\.spec\.containers\[1\]\.name: Invalid value: "UPPER": a lowercase RFC 1123 label/,
    );
  });

  test('an update against an old resourceVersion', async () => {
    await cluster.apply([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'old' }, data: { a: '1' } },
    ]);
    const old = await cluster.kubectl(['get', 'configmap', 'old', '-o', 'json']);
    await cluster.kubectl(['patch', 'configmap', 'old', '-p', '{"data":{"a":"2"}}']);
    const { stderr } = await cluster.tryKubectl(['replace', '-f', '-'], { input: old });
    assert.match(
      stderr,
      /Operation cannot be fulfilled on configmaps "old": the object has been modified; please apply your changes to the latest version and try again/,
    );
  });

  test('a kind, a name and a namespace that do not exist', async () => {
    assert.match(
      await refusal({ apiVersion: 'v1', kind: 'Nonsense', metadata: { name: 'a' } }),
      /no matches for kind "Nonsense" in version "v1"/,
    );
    assert.match((await cluster.tryKubectl(['get', 'pod', 'gone'])).stderr, /pods "gone" not found/);
    assert.match(
      await refusal({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'nowhere' } }),
      /namespaces "nowhere" not found/,
    );
  });

  test('an immutable field', async () => {
    const object = webDeployment('fixed', 0) as Deployment;
    await cluster.apply([object]);
    object.spec.selector = { matchLabels: { app: 'fixed', more: 'x' } };
    Object.assign(object.spec.template, { metadata: { labels: { app: 'fixed', more: 'x' } } });
    assert.match(await refusal(object), /spec\.selector: Invalid value: .*field is immutable/);
  });

  test('a node port that is taken or out of range', async () => {
    const service = (name: string, nodePort: number) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] },
    });
    await cluster.apply([service('first', 31999)]);
    assert.match(
      await refusal(service('second', 31999)),
      /spec\.ports\[0\]\.nodePort: Invalid value: 31999: provided port is already allocated/,
    );
    assert.match(
      await refusal(service('third', 80)),
      /provided port is not in the valid range. The range of valid ports is 30000-32767/,
    );
  });

  test('a body of 5 MB is refused quickly, and nobody comes in without a name', async () => {
    const config = parse(readFileSync(cluster.kubeconfig, 'utf8')) as {
      clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
      users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
    };
    const [{ cluster: server } = { cluster: undefined }] = config.clusters;
    const [{ user } = { user: undefined }] = config.users;
    assert.ok(server && user);
    const pem = (data: string) => Buffer.from(data, 'base64').toString();
    const post = (body: string, credentials: object) =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        const outgoing = request(
          `${server.server}/api/v1/namespaces/default/configmaps`,
          {
            method: 'POST',
            ca: pem(server['certificate-authority-data']),
            headers: { 'content-type': 'application/json' },
            agent: false,
            ...credentials,
          },
          (response) => {
            let text = '';
            response.on('data', (chunk) => {
              text += chunk;
            });
            response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
          },
        );
        outgoing.on('error', reject);
        outgoing.end(body);
      });
    const admin = { cert: pem(user['client-certificate-data']), key: pem(user['client-key-data']) };
    const large = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'large' },
      data: { x: 'x'.repeat(5_000_000) },
    });
    const { status, text } = await post(large, admin);
    assert.equal(status, 413);
    assert.match(text, /"reason":"RequestEntityTooLarge"/);
    const anonymous = await post('{}', {});
    assert.equal(anonymous.status, 401);
    assert.match(anonymous.text, /"reason":"Unauthorized"/);
  });
});
