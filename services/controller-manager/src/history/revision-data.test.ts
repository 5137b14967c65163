import assert from 'node:assert/strict';
import { it } from 'node:test';
import { goJsonText } from '@reckon/api';
import { revisionData } from './revision-data.ts';

it('a revision holds the bytes that Go makes of the template', () => {
  const template = {
    metadata: { labels: { app: 'agent', a: '' }, annotations: {} },
    spec: {
      terminationGracePeriodSeconds: 0,
      securityContext: {},
      hostNetwork: false,
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'e', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } } },
      ],
      containers: [
        { name: 'c', image: 'i', args: ['a && b > c'], env: [{ name: 'E', value: '' }], command: [] },
        { image: 'j', name: 'd', resources: { requests: { cpu: '1' }, limits: {} } },
      ],
    },
  };
  assert.equal(
    goJsonText(revisionData(template)),
    '{"spec":{"template":{"$patch":"replace","metadata":{"creationTimestamp":null,"labels":{"a":"","app":"agent"}},' +
      '"spec":{"containers":[{"args":["a \\u0026\\u0026 b \\u003e c"],"env":[{"name":"E"}],"image":"i","name":"c",' +
      '"resources":{}},{"image":"j","name":"d","resources":{"requests":{"cpu":"1"}}}],"securityContext":{},' +
      '"terminationGracePeriodSeconds":0,"volumes":[{"emptyDir":{},"name":"v"},{"ephemeral":{"volumeClaimTemplate":' +
      '{"metadata":{"creationTimestamp":null},"spec":{"accessModes":["ReadWriteOnce"],"resources":{}}}},"name":"e"}]}}}}',
  );
});
