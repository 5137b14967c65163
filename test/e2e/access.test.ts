import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Output, TestCluster } from './support/cluster.ts';

describe('who one is and what one may, with kubectl', () => {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-access-'));
  let cluster: TestCluster;
  before(async () => {
    writeFileSync(join(directory, 'tokens.csv'), 'a static secret,tess,7,"testers,dev"\n', { mode: 0o600 });
    const file = join(directory, 'authentication.json');
    writeFileSync(file, JSON.stringify({ tokenFile: 'tokens.csv' }));
    cluster = await TestCluster.start({ hollow: 1, up: ['--authentication', file] });
  });
  after(async () => {
    await cluster?.stop();
    rmSync(directory, { recursive: true });
  });

  const kubectl = (line: string) => cluster.kubectl(line.split(' '));
  const attempt = (line: string) => cluster.tryKubectl(line.split(' '));
  const refusal = async (line: string): Promise<string> => {
    const { code, stderr } = await attempt(line);
    assert.notEqual(code, 0, `it is refused: ${line}`);
    return stderr.trim();
  };
  const answer = async (line: string): Promise<string> => (await attempt(line)).stdout.trim();

  /** As somebody who has a token and nothing else. */
  async function withToken(token: string, ...args: readonly string[]): Promise<Output> {
    const { clusters } = JSON.parse(await kubectl('config view --raw -o json')) as {
      clusters: readonly { name: string }[];
    };
    const file = join(directory, 'kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters,
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'c', context: { cluster: clusters[0]?.name, user: 'u' } }],
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return cluster.tryKubectl([...args, `--kubeconfig=${file}`]);
  }

  test('whoever is bound to nothing is told so in the words of Kubernetes', async () => {
    assert.equal(
      await refusal('get pods --as=jane'),
      'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    assert.equal(
      await refusal('get nodes --as=jane'),
      'Error from server (Forbidden): nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    assert.equal(
      await refusal('delete deployment web -n shop --as=jane'),
      'Error from server (Forbidden): deployments.apps "web" is forbidden: User "jane" cannot delete resource "deployments" in API group "apps" in the namespace "shop"',
    );
    assert.match(await refusal('get --raw /metrics --as=jane'), /User "jane" cannot get path "\/metrics"/);
  });

  test('a role and a binding give a right in their namespace, and it ends with them', async () => {
    await kubectl('create role reader --verb=get,list,watch --resource=pods,pods/log');
    await kubectl('create rolebinding jane-reads --role=reader --user=jane');
    assert.equal(await answer('auth can-i list pods --as=jane'), 'yes');
    assert.equal(await answer('get pods -o name --as=jane'), '');
    assert.equal((await attempt('get pods --as=jane')).code, 0);
    assert.equal(await answer('auth can-i list pods -n kube-system --as=jane'), 'no');
    assert.equal(await answer('auth can-i delete pods --as=jane'), 'no');
    assert.equal(await answer('auth can-i get pods --subresource=log --as=jane'), 'yes');
    assert.match(await kubectl('get rolebindings -o wide'), /jane-reads\s+Role\/reader\s+\S+\s+jane/);
    await kubectl('delete rolebinding jane-reads');
    assert.match(await refusal('get pods --as=jane'), /User "jane" cannot list resource "pods"/);
  });

  test('what one may is listed', async () => {
    await kubectl('create clusterrole sees-nodes --verb=get,list --resource=nodes');
    await kubectl('create clusterrolebinding joe-sees-nodes --clusterrole=sees-nodes --user=joe');
    const list = await kubectl('auth can-i --list --as=joe');
    assert.match(list, /nodes\s+\[\]\s+\[\]\s+\[get list\]/);
    assert.match(list, /selfsubjectaccessreviews\.authorization\.k8s\.io\s+\[\]\s+\[\]\s+\[create\]/);
    assert.match(list, /\[\/api\/\*\]\s+\[\]\s+\[get\]/);
    assert.match(await kubectl('auth can-i --list'), /\*\.\*\s+\[\]\s+\[\]\s+\[\*\]/);
  });

  test('the roles for people are filled from their parts', async () => {
    await kubectl('create namespace shop');
    await kubectl('create rolebinding ann-views --clusterrole=view --user=ann -n shop');
    await kubectl('create rolebinding eve-edits --clusterrole=edit --user=eve -n shop');
    await cluster.until(
      async () => (await answer('auth can-i create deployments -n shop --as=eve')) === 'yes',
    );
    await cluster.until(async () => (await answer('auth can-i list services -n shop --as=ann')) === 'yes');
    assert.equal(await answer('auth can-i get secrets -n shop --as=ann'), 'no');
    assert.equal(await answer('auth can-i get secrets -n shop --as=eve'), 'yes');
    assert.equal(await answer('auth can-i create roles -n shop --as=eve'), 'no');
    assert.equal(await answer('auth can-i create deployments -n default --as=eve'), 'no');
    await kubectl('create clusterrole more-view --verb=get --resource=nodes');
    await kubectl('label clusterrole more-view rbac.authorization.k8s.io/aggregate-to-view=true');
    await cluster.until(async () => (await kubectl('get clusterrole view -o yaml')).includes('- nodes'));
  });

  test('nobody gives away what he does not have', async () => {
    await kubectl('create clusterrole role-writer --verb=create,get --resource=roles,rolebindings');
    await kubectl('create rolebinding mallory --clusterrole=role-writer --user=mallory -n shop');
    assert.match(
      await refusal('create role grab --verb=get --resource=secrets -n shop --as=mallory'),
      /roles\.rbac\.authorization\.k8s\.io "grab" is forbidden: user "mallory" \(groups=\["system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["get"\]\}/,
    );
    assert.match(
      await refusal(
        'create rolebinding grab --clusterrole=cluster-admin --user=mallory -n shop --as=mallory',
      ),
      /rolebindings\.rbac\.authorization\.k8s\.io "grab" is forbidden: user "mallory"/,
    );
  });

  test('a ServiceAccount has what it is given, and its token ends with it', async () => {
    await kubectl('create serviceaccount robot -n shop');
    await kubectl('create rolebinding robot-views --clusterrole=view --serviceaccount=shop:robot -n shop');
    const token = (await kubectl('create token robot -n shop')).trim();
    const { stdout } = await withToken(token, 'auth', 'whoami', '-o', 'json');
    const { userInfo } = (JSON.parse(stdout) as { status: { userInfo: Record<string, unknown> } }).status;
    assert.equal(userInfo.username, 'system:serviceaccount:shop:robot');
    assert.deepEqual(userInfo.groups, [
      'system:serviceaccounts',
      'system:serviceaccounts:shop',
      'system:authenticated',
    ]);
    assert.equal((await withToken(token, 'get', 'pods', '-n', 'shop')).code, 0);
    assert.match(
      (await withToken(token, 'get', 'secrets', '-n', 'shop')).stderr,
      /User "system:serviceaccount:shop:robot" cannot list resource "secrets" in API group "" in the namespace "shop"/,
    );
    const foreign = (await kubectl('create token robot -n shop --audience=vault')).trim();
    assert.match((await withToken(foreign, 'get', 'pods', '-n', 'shop')).stderr, /logged in|Unauthorized/);
    await kubectl('delete serviceaccount robot -n shop');
    assert.match((await withToken(token, 'get', 'pods', '-n', 'shop')).stderr, /logged in|Unauthorized/);
  });

  test('a token that is bound to a secret ends with it', async () => {
    await kubectl('create secret generic anchor -n shop');
    const line = 'create token default -n shop --bound-object-kind=Secret --bound-object-name=anchor';
    const token = (await kubectl(line)).trim();
    assert.equal((await withToken(token, 'auth', 'whoami')).code, 0);
    await kubectl('delete secret anchor -n shop');
    assert.match((await withToken(token, 'auth', 'whoami')).stderr, /logged in|Unauthorized/);
  });

  test('acting as somebody needs a right for each part of him', async () => {
    assert.match(await kubectl('auth whoami --as=jane --as-group=dev'), /dev,? ?system:authenticated|\[dev/);
    await kubectl('create clusterrole as-jane --verb=impersonate --resource=users --resource-name=jane');
    await kubectl('create rolebinding robot-edits --clusterrole=edit --serviceaccount=shop:helper -n shop');
    await kubectl('create serviceaccount helper -n shop');
    await kubectl(
      'create clusterrolebinding helper-as-jane --clusterrole=as-jane --serviceaccount=shop:helper',
    );
    const token = (await kubectl('create token helper -n shop')).trim();
    assert.match((await withToken(token, 'auth', 'whoami', '--as=jane')).stdout, /jane/);
    assert.match(
      (await withToken(token, 'get', 'pods', '--as=joe')).stderr,
      /users "joe" is forbidden: User "system:serviceaccount:shop:helper" cannot impersonate resource "users" in API group "" at the cluster scope/,
    );
    assert.match(
      (await withToken(token, 'get', 'pods', '--as=jane', '--as-group=system:masters')).stderr,
      /groups "system:masters" is forbidden: User "system:serviceaccount:shop:helper" cannot impersonate resource "groups"/,
    );
  });

  test('a token of the file that `up` was given says who one is', async () => {
    const { stdout } = await withToken('a static secret', 'auth', 'whoami');
    assert.match(stdout, /tess/);
    assert.match(stdout, /\[testers dev system:authenticated\]/);
    assert.match((await withToken('a guess', 'auth', 'whoami')).stderr, /logged in|Unauthorized/);
  });

  test('a bootstrap token is good until its secret goes', async () => {
    await kubectl(
      'create secret generic bootstrap-token-abcdef -n kube-system --type=bootstrap.kubernetes.io/token --from-literal=token-id=abcdef --from-literal=token-secret=0123456789abcdef --from-literal=usage-bootstrap-authentication=true',
    );
    const token = 'abcdef.0123456789abcdef';
    assert.match((await withToken(token, 'auth', 'whoami')).stdout, /system:bootstrap:abcdef/);
    assert.match((await withToken(token, 'get', 'pods')).stderr, /cannot list resource "pods"/);
    await kubectl('delete secret bootstrap-token-abcdef -n kube-system');
    assert.match((await withToken(token, 'auth', 'whoami')).stderr, /logged in|Unauthorized/);
  });

  test('the cluster itself works with no more than its roles', async () => {
    await cluster.kubectl(['create', 'deployment', 'web', '--image=example.com/web:1', '--replicas=2']);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    await cluster.kubectl(['delete', 'deployment', 'web', '--cascade=foreground', '--timeout=60s']);
    assert.equal(await answer('get pods -o name'), '');
  });
});
