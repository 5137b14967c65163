/** The client of the benchmark: a ServiceAccount that may create pods by a RoleBinding, as programs are let in. */
import { once } from 'node:events';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { type Access, type Connection, head, withBody } from '../api/connection.ts';

export const NAMESPACE = 'access';
const RBAC = 'rbac.authorization.k8s.io';
const JSON_TYPE = 'application/json';

const inNamespace = (group: string, plural: string) =>
  `${group === '' ? '/api/v1' : `/apis/${group}/v1`}/namespaces/${NAMESPACE}/${plural}`;

function post(path: string, body: object): Buffer {
  return withBody('POST', path, JSON_TYPE, JSON.stringify(body));
}

/** Who the client is, and that LimitRanger has something to fill in. @returns its token. */
export async function makeClient(access: Access, admin: Connection): Promise<string> {
  await admin.send(
    post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }),
  );
  const limits = [{ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '100m' } }];
  await admin.send(
    post(inNamespace('', 'limitranges'), {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'l' },
      spec: { limits },
    }),
  );
  await admin.send(
    post(inNamespace('', 'serviceaccounts'), {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'client' },
    }),
  );
  await admin.send(
    post(inNamespace(RBAC, 'roles'), {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata: { name: 'pods' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['create', 'get', 'list', 'watch'] }],
    }),
  );
  await admin.send(
    bindingRequest('client', { kind: 'ServiceAccount', name: 'client', namespace: NAMESPACE }),
  );
  return tokenOf(access);
}

/** A binding of somebody to the role. */
export function bindingRequest(name: string, subject: object): Buffer {
  return post(inNamespace(RBAC, 'rolebindings'), {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: 'Role', name: 'pods' },
    subjects: [subject],
  });
}

async function tokenOf({ port, authority, certificate, privateKey }: Access): Promise<string> {
  const asked = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: `${inNamespace('', 'serviceaccounts')}/client/token`,
    ca: authority,
    cert: certificate,
    key: privateKey,
    agent: false,
    headers: { 'Content-Type': JSON_TYPE },
  });
  asked.end(JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }));
  const [answer] = await once(asked, 'response');
  const { status } = JSON.parse(await text(answer));
  return status.token;
}

/** A pod of about 2 KB as it lies in the log. */
export function podRequest(token: string, name: string): Buffer {
  const containers = [
    {
      name: 'c',
      image: 'registry.example.com/team/app:v1',
      ports: [{ containerPort: 8080 }],
      env: [{ name: 'A', value: 'x'.repeat(40) }],
      resources: { requests: { cpu: '100m', memory: '128Mi' } },
    },
  ];
  const metadata = { name, labels: { app: 'app', tier: 'backend' } };
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
  const headers = [
    `Authorization: Bearer ${token}`,
    `Content-Type: ${JSON_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(head('POST', inNamespace('', 'pods'), headers) + body);
}
