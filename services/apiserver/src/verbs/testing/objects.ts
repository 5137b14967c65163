/** Small valid objects. */
import type { KubeObject } from '../types.ts';

type Fields = Readonly<Record<string, unknown>>;

export function podOf(name: string, spec: Fields = {}, metadata: Fields = {}): Fields {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...(name !== '' && { name }), ...metadata },
    spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec },
  };
}

export function configMapOf(name: string, data: Fields = {}, metadata: Fields = {}): Fields {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

export function namespaceOf(name: string): Fields {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export function deploymentOf(name: string, spec: Fields = {}, metadata: Fields = {}): Fields {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...metadata },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
      ...spec,
    },
  };
}

export function serviceOf(name: string, spec: Fields = {}): Fields {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } };
}

export function specOf(object: KubeObject): Fields {
  return object.spec as Fields;
}

export function statusOf(object: KubeObject): Fields {
  return object.status as Fields;
}

export const claimOf = (name: string, spec: object = {}, storage = '1Gi') => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...spec },
});
