import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isObject } from '@reckon/api';
import { TestVerbs } from '../verbs/testing/test-verbs.ts';
import type { KubeObject, Target } from '../verbs/types.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

function target(group: string, version: string, resource: string, name = ''): Target {
  const found = api.schema.resource(group, version, resource);
  assert.ok(found);
  return { resource: found, subresource: '', namespace: 'default', name };
}

const HPAS = 'horizontalpodautoscalers';
const body = (value: unknown) => ({ value, duplicateFields: [] });
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

function specOf(object: KubeObject): Readonly<Record<string, unknown>> {
  return isObject(object.spec) ? object.spec : {};
}

describe('an autoscaler', () => {
  const v1 = {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      maxReplicas: 5,
      targetCPUUtilizationPercentage: 50,
    },
  };

  it('written in v1 is the same object in v2, and can be changed in both', async () => {
    const made = await api.verbs.create(api.context(), target('autoscaling', 'v1', HPAS), body(v1), {});
    assert.deepEqual(made.object.value.spec, { ...v1.spec, minReplicas: 1 });
    const inV2 = target('autoscaling', 'v2', HPAS, 'web');
    const { value } = await api.verbs.get(api.context(), inV2, {});
    assert.equal(value.apiVersion, 'autoscaling/v2');
    const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } };
    assert.deepEqual(specOf(value).metrics, [{ type: 'Resource', resource: cpu }]);

    const inV1 = target('autoscaling', 'v1', HPAS, 'web');
    const patch = bytes({ spec: { targetCPUUtilizationPercentage: 70 } });
    const patched = await api.verbs.patch(api.context(), inV1, { type: 'strategic', body: patch }, {});
    assert.equal(specOf(patched.object.value).targetCPUUtilizationPercentage, 70);
    const after = await api.verbs.get(api.context(), inV2, {});
    assert.deepEqual(specOf(after.value).metrics, [
      { type: 'Resource', resource: { ...cpu, target: { type: 'Utilization', averageUtilization: 70 } } },
    ]);
  });
});

describe('an event', () => {
  it('is the same in both groups, and is found by what it regards', async () => {
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'happened' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'example.com/x',
      reportingInstance: 'x-1',
      action: 'Tried',
      reason: 'Test',
      regarding: { kind: 'Pod', namespace: 'default', name: 'web' },
      note: 'it happened',
      type: 'Normal',
    };
    const inGroup = target('events.k8s.io', 'v1', 'events');
    await api.verbs.create(api.context(), inGroup, body(event), {});
    const core = await api.get('events default/happened');
    assert.equal(core.message, 'it happened');
    assert.deepEqual(core.involvedObject, event.regarding);
    const found = await api.verbs.list(api.context(), inGroup, { fieldSelector: 'regarding.name=web' });
    assert.deepEqual(
      found.items.map(({ value }) => [value.apiVersion, value.note]),
      [['events.k8s.io/v1', 'it happened']],
    );
  });

  it('is held to the rules of the group in which it is written, whatever the verb', async () => {
    const [inCore, inGroup] = ['', 'events.k8s.io'].map((group) => target(group, 'v1', 'events', 'ruled'));
    assert.ok(inCore && inGroup);
    const old = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'ruled' },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'web' },
      message: 'first',
    };
    const same = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'ruled' },
      regarding: old.involvedObject,
      note: 'first',
    };
    const untimed = { reason: 'Invalid', message: /eventTime: Required value, type: Invalid value/ };
    const fixed = { reason: 'Invalid', message: /message: Invalid value: "second": field is immutable/ };
    const second = bytes({ note: 'second' });
    const apply = { type: 'apply', body: bytes(same) } as const;
    const me = { fieldManager: 'me' };
    await assert.rejects(api.verbs.create(api.context(), inGroup, body(same), {}), untimed);
    await assert.rejects(api.verbs.patch(api.context(), inGroup, apply, me), untimed);
    await api.verbs.create(api.context(), inCore, body(old), {});
    await assert.rejects(
      api.verbs.update(api.context(), inGroup, body({ ...same, note: 'second' }), {}),
      fixed,
    );
    await assert.rejects(api.verbs.patch(api.context(), inGroup, { type: 'merge', body: second }, {}), fixed);
    const applied = { type: 'apply', body: bytes({ ...same, note: 'second' }) } as const;
    await assert.rejects(api.verbs.patch(api.context(), inGroup, applied, { ...me, force: true }), fixed);
    const changed = bytes({ message: 'second' });
    await api.verbs.patch(api.context(), inCore, { type: 'merge', body: changed }, {});
  });

  it('that happens again has its series in both groups, whichever of them counts it up', async () => {
    const at = '2026-01-01T00:00:00';
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'again' },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'web' },
      reason: 'BackOff',
      action: 'BackOff',
      message: 'it happens',
      type: 'Warning',
      eventTime: `${at}.000000Z`,
      firstTimestamp: `${at}Z`,
      lastTimestamp: `${at}Z`,
      count: 2,
      series: { count: 2, lastObservedTime: `${at}.000000Z` },
      reportingComponent: 'kubelet',
      reportingInstance: 'node-1',
    };
    const inGroup = target('events.k8s.io', 'v1', 'events', 'again');
    const inCore = target('', 'v1', 'events', 'again');
    await api.verbs.create(api.context(), target('', 'v1', 'events'), body(event), {});
    const { value } = await api.verbs.get(api.context(), inGroup, {});
    assert.deepEqual(
      [value.series, value.deprecatedCount, value.deprecatedFirstTimestamp],
      [event.series, 2, event.firstTimestamp],
    );
    const series = { count: 3, lastObservedTime: '2026-01-01T00:05:00.000000Z' };
    const patch = bytes({ series });
    await api.verbs.patch(api.context(), inGroup, { type: 'strategic', body: patch }, {});
    assert.deepEqual((await api.verbs.get(api.context(), inCore, {})).value.series, series);
  });
});
