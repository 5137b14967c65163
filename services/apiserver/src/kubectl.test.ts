import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiServerWorld } from './testing/api-server-world.ts';
import { type Kubectl, type KubectlMore, kubectls } from './testing/kubectl.ts';

let world: ApiServerWorld;
let all: readonly Kubectl[];
before(async () => {
  world = await ApiServerWorld.start();
  all = kubectls(world.kubeconfig, world.directory);
});
after(() => world.stop());

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: main
        image: example/web:1
        ports: [{containerPort: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{port: 80, nodePort: 30123}]
`;

/** Runs the same with every kubectl there is, each in a namespace of its own. */
function withEach(name: string, body: (k: Kubectl, run: typeof ok) => Promise<void>): void {
  test(name, async (context) => {
    if (all.length === 0) return context.skip('there is no kubectl');
    for (const kubectl of all) {
      await context.test(kubectl.version, async () => {
        const namespace = `ns-${++count}`;
        await ok(kubectl, `create namespace ${namespace}`);
        const inside: Kubectl = {
          version: kubectl.version,
          run: (line, more) => kubectl.run(`--namespace=${namespace} ${line}`, more),
        };
        await body(inside, ok);
      });
    }
  });
}
let count = 0;

async function ok(kubectl: Kubectl, line: string, more?: KubectlMore): Promise<string> {
  const { code, out, err } = await kubectl.run(line, more);
  assert.equal(code, 0, `kubectl ${line}\n${err}`);
  return out;
}

/** From which minor version of kubectl on. */
function atLeast(kubectl: Kubectl, minor: number): boolean {
  return Number(/^v1\.(\d+)/.exec(kubectl.version)?.[1] ?? 0) >= minor;
}

withEach('kubectl applies, shows, changes and deletes a Deployment with its Service', async (k, run) => {
  assert.equal(
    await run(k, 'apply -f -', { input: MANIFEST }),
    'deployment.apps/web created\nservice/web created\n',
  );
  assert.equal(
    await run(k, 'apply -f -', { input: MANIFEST }),
    'deployment.apps/web unchanged\nservice/web unchanged\n',
  );
  assert.match(
    await run(k, 'get deployment web -o wide'),
    /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS/,
  );
  assert.match(await run(k, 'get all'), /service\/web +NodePort .* 80:30123\/TCP/);
  await run(k, 'scale deployment web --replicas=5');
  assert.equal(await run(k, 'get deployment web -o jsonpath={.spec.replicas}'), '5');
  await run(k, 'set image deployment/web main=example/web:2');
  await run(k, 'label deployment web tier=front');
  await run(k, 'annotate deployment web note=hello');
  await run(k, 'patch deployment web --type=json -p', {
    arguments: ['[{"op":"replace","path":"/spec/replicas","value":2}]'],
  });
  await run(k, 'patch deployment web -p', {
    arguments: ['{"spec":{"template":{"spec":{"containers":[{"name":"main","imagePullPolicy":"Never"}]}}}}'],
  });
  const container = JSON.parse(await run(k, 'get deployment web -o json')).spec.template.spec.containers[0];
  assert.equal(container.image, 'example/web:2');
  assert.equal(container.imagePullPolicy, 'Never');
  assert.match(await run(k, 'describe deployment web'), /Replicas: +2 desired/);
  await run(k, 'delete -f - --wait=false', { input: MANIFEST });
  assert.match((await k.run('get deployment web')).err, /deployments.apps "web" not found/);
});

withEach('server-side apply names who owns a field that two want', async (k, run) => {
  await run(k, 'apply --server-side --field-manager=one -f -', { input: MANIFEST });
  const changed = MANIFEST.replace('replicas: 3', 'replicas: 4');
  const refused = await k.run('apply --server-side --field-manager=two -f -', { input: changed });
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /conflict with "one"/);
  await run(k, 'apply --server-side --field-manager=two --force-conflicts -f -', { input: changed });
  assert.equal(await run(k, 'get deployment web -o jsonpath={.spec.replicas}'), '4');
  await run(k, 'delete deployment,service web --wait=false');
});

withEach('a field that does not exist is refused', async (k) => {
  const [deployment = ''] = MANIFEST.split('---');
  const wrong = deployment.replace('replicas: 3', 'replicaz: 3');
  const refused = await k.run('apply -f -', { input: wrong });
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /unknown field "(spec\.)?replicaz"/);
});

withEach('diff shows what apply would change, and nothing after it', async (k, run) => {
  const first = await k.run('diff -f -', { input: MANIFEST });
  assert.equal(first.code, 1, first.err);
  assert.match(first.out, /^\+kind: Deployment$/m);
  await run(k, 'apply -f -', { input: MANIFEST });
  assert.equal((await k.run('diff -f -', { input: MANIFEST })).code, 0);
  await run(k, 'delete deployment,service web --wait=false');
});

withEach('discovery, explanation and version are understood', async (k, run) => {
  const resources = await run(k, 'api-resources');
  assert.match(resources, /^deployments +deploy +apps\/v1 +true +Deployment/m);
  assert.match(await run(k, 'explain deployment.spec.strategy'), /rollingUpdate/);
  assert.match(await run(k, 'version'), /v1\.32/);
  assert.match(await run(k, 'cluster-info'), /is running at/);
});

withEach('a watch shows what happens as rows', async (k, run) => {
  await run(k, 'create configmap seen --from-literal=a=b');
  const watching = k.run('get configmap seen -w --request-timeout=2s');
  const label = await run(k, 'label configmap seen x=y');
  assert.match(label, /labeled/);
  const { out } = await watching;
  assert.match(out, /^NAME +DATA +AGE\nseen +1 /);
});

withEach('who one is and what one may do is told', async (k, run) => {
  assert.equal(await run(k, 'auth can-i create pods'), 'yes\n');
  if (atLeast(k, 28)) assert.match(await run(k, 'auth whoami'), /kubernetes-admin/);
  if (atLeast(k, 24)) {
    await run(k, 'create serviceaccount bob');
    assert.match(await run(k, 'create token bob'), /^eyJ/);
  }
});

withEach('wrong input gets the error that Kubernetes gives', async (k) => {
  const errors: readonly [string, string, RegExp][] = [
    ['get pod none', '', /Error from server \(NotFound\): pods "none" not found/],
    ['get pods --field-selector=foo=bar', '', /field label not supported: foo/],
    [
      'create -f - --validate=false',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'Bad_Name' },
        spec: { containers: [{ name: 'a', image: 'b' }] },
      }),
      /The Pod "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain/,
    ],
    ['logs none', '', /pods "none" not found/],
  ];
  for (const [line, input, message] of errors) {
    const { code, err } = await k.run(line, { input });
    assert.notEqual(code, 0, line);
    assert.match(err, message);
  }
});
