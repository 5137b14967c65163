import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from './support/cluster.ts';
import { DISTRIBUTIONS, Kubectls, OWN } from './support/kubectls.ts';
import { webDeployment } from './support/objects.ts';

describe('unmodified kubectls, old and new', () => {
  const kubectls = new Kubectls();
  let cluster: TestCluster;

  before(async () => {
    await kubectls.bring();
    cluster = await TestCluster.start({ hollow: 2 });
  });
  after(async () => {
    kubectls.remove();
    await cluster.stop();
  });

  for (const [i, who] of [OWN, DISTRIBUTIONS].entries()) {
    test(`${who} drives a Deployment through its life`, async (t) => {
      const program = kubectls.program(who);
      if (!program) return t.skip('the distribution cannot be reached');
      const name = `web-${i}`;
      const target = `deployment/${name}`;
      const kubectl = (...args: readonly string[]) => cluster.kubectl(args, { program });
      const input = JSON.stringify(webDeployment(name, 2));
      const apply = (...args: readonly string[]) =>
        cluster.kubectl(['apply', '-f', '-', ...args], { program, input });

      assert.match(await kubectl('version'), /v?1\.32/);
      assert.match(await kubectl('cluster-info'), /is running at/);
      assert.match(await kubectl('api-resources'), /deployments +deploy +apps\/v1 +true +Deployment/);
      assert.match(await kubectl('explain', 'deployment.spec.strategy'), /rollingUpdate/);
      assert.match(await apply(), /created/);
      assert.match(await apply(), /unchanged/);
      assert.match(await apply('--server-side', '--force-conflicts'), /serverside-applied/);
      await kubectl('rollout', 'status', target, '--timeout=30s');
      assert.match(await kubectl('get', target), /NAME +READY +UP-TO-DATE +AVAILABLE +AGE\n\S+ +2\/2 +2 +2 /);
      assert.match(await kubectl('get', 'pods', '-o', 'wide', '-l', `app=${name}`), /1\/1 +Running +0 /);
      assert.equal(await kubectl('get', target, '-o', 'jsonpath={.status.availableReplicas}'), '2');
      assert.match(await kubectl('get', target, '-o', 'yaml'), /kind: Deployment/);
      assert.match(await kubectl('describe', target), /NewReplicaSet: +web-\d-\S+ \(2\/2 replicas created\)/);
      assert.match(
        await kubectl('describe', 'pods', '-l', `app=${name}`),
        /Successfully assigned default\/web-/,
      );
      assert.match(await kubectl('describe', 'nodes'), /Ready +True/);
      await kubectl('scale', target, '--replicas=3');
      await kubectl('label', target, 'tier=front');
      await kubectl('annotate', target, 'note=x');
      await kubectl('patch', target, '-p', '{"spec":{"revisionHistoryLimit":5}}');
      await kubectl('set', 'image', target, 'web=spring-server:v2');
      await kubectl('rollout', 'status', target, '--timeout=30s');
      assert.match(await kubectl('rollout', 'history', target), /\n1 .*\n2 /);
      await kubectl('rollout', 'undo', target);
      await kubectl('rollout', 'status', target, '--timeout=30s');
      assert.equal(
        await kubectl('get', target, '-o', 'jsonpath={.spec.template.spec.containers[0].image}'),
        'spring-server',
      );
      await kubectl('rollout', 'pause', target);
      await kubectl('rollout', 'resume', target);
      await kubectl('rollout', 'restart', target);
      await kubectl('rollout', 'status', target, '--timeout=30s');
      const { code } = await cluster.tryKubectl(['diff', '-f', '-'], { program, input });
      assert.equal(code, 1, 'it differs: three replicas instead of two');
      await kubectl('wait', '--for=condition=Available', target, '--timeout=10s');
      const [node = ''] = (await kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}')).split(
        ' ',
      );
      await kubectl('drain', node, '--ignore-daemonsets', '--timeout=30s');
      await kubectl('uncordon', node);
      await kubectl('delete', target, '--timeout=30s');
      assert.equal(await kubectl('get', target, '--ignore-not-found'), '');
    });
  }
});
