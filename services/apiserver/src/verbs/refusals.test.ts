import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { deploymentOf, podOf } from './testing/objects.ts';
import { refused } from './testing/refused.ts';
import { TestVerbs } from './testing/test-verbs.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

describe('bad input', () => {
  it('a quantity that is none', async () => {
    const resources = { limits: { cpu: 'much' } };
    await refused(
      api.create('pods default', podOf('q', { containers: [{ name: 'c', image: 'i:1', resources }] })),
      'BadRequest',
      /^Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression/,
    );
  });

  it('a selector that does not match its template', async () => {
    await refused(
      api.create(
        'deployments.apps default',
        deploymentOf('s', { selector: { matchLabels: { app: 'other' } } }),
      ),
      'Invalid',
      /spec\.template\.metadata\.labels: Invalid value: .*`selector` does not match template `labels`/,
    );
  });

  it('a pod without containers, and one whose containers share a name', async () => {
    await refused(
      api.create('pods default', podOf('none', { containers: [] })),
      'Invalid',
      /spec\.containers: Required value/,
    );
    const container = { name: 'c', image: 'i:1' };
    await refused(
      api.create('pods default', podOf('twice', { containers: [container, container] })),
      'Invalid',
      /spec\.containers\[1\]\.name: Duplicate value: "c"/,
    );
  });

  it('a name that cannot be one', async () => {
    await refused(
      api.create('pods default', podOf('Not A Name')),
      'Invalid',
      /metadata\.name: Invalid value: "Not A Name"/,
    );
  });

  it('a change of what a pod cannot change', async () => {
    await api.create('pods default', podOf('fixed'));
    await refused(
      api.patch('pods default/fixed', 'merge', { spec: { hostNetwork: true } }),
      'Invalid',
      /spec: Forbidden: pod updates may not change fields other than/,
    );
    const head = api.running.env.cache.head;
    await refused(api.patch('pods default/fixed', 'merge', { spec: { restartPolicy: 'Never' } }), 'Invalid');
    assert.equal(api.running.env.cache.head, head);
  });
});
