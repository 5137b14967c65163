import type { ResourceKnowledge } from './types.ts';

const ALL = ['all'];
const served = true;

/** `core/v1 pods` → what discovery says of it beside its verbs. */
export const RESOURCES: Readonly<Record<string, ResourceKnowledge>> = {
  'core/v1 bindings': {},
  'core/v1 componentstatuses': { shortNames: ['cs'] },
  'core/v1 configmaps': { shortNames: ['cm'], served },
  'core/v1 endpoints': { singular: 'endpoints', shortNames: ['ep'], served },
  'core/v1 events': { shortNames: ['ev'], served },
  'core/v1 limitranges': { shortNames: ['limits'] },
  'core/v1 namespaces': { shortNames: ['ns'], served, subresources: ['status', 'finalize'] },
  'core/v1 nodes': { shortNames: ['no'], served, subresources: ['status', 'proxy'] },
  'core/v1 persistentvolumeclaims': { shortNames: ['pvc'] },
  'core/v1 persistentvolumes': { shortNames: ['pv'] },
  'core/v1 pods': {
    shortNames: ['po'],
    categories: ALL,
    served,
    subresources: ['status', 'log', 'exec', 'attach', 'portforward', 'binding', 'eviction', 'proxy'],
  },
  'core/v1 podtemplates': {},
  'core/v1 replicationcontrollers': { shortNames: ['rc'], categories: ALL },
  'core/v1 resourcequotas': { shortNames: ['quota'] },
  'core/v1 secrets': { served, confidential: true },
  'core/v1 serviceaccounts': { shortNames: ['sa'], served, subresources: ['token'] },
  'core/v1 services': { shortNames: ['svc'], categories: ALL, served, subresources: ['status', 'proxy'] },
  'apps/v1 daemonsets': { shortNames: ['ds'], categories: ALL },
  'apps/v1 deployments': {
    shortNames: ['deploy'],
    categories: ALL,
    served,
    subresources: ['status', 'scale'],
  },
  'apps/v1 replicasets': { shortNames: ['rs'], categories: ALL, served, subresources: ['status', 'scale'] },
  'apps/v1 statefulsets': { shortNames: ['sts'], categories: ALL },
  'autoscaling/v1 horizontalpodautoscalers': { shortNames: ['hpa'], categories: ALL },
  'autoscaling/v2 horizontalpodautoscalers': { shortNames: ['hpa'], categories: ALL },
  'batch/v1 cronjobs': { shortNames: ['cj'], categories: ALL },
  'batch/v1 jobs': { categories: ALL },
  'certificates.k8s.io/v1 certificatesigningrequests': { shortNames: ['csr'] },
  'coordination.k8s.io/v1 leases': { served, heartbeat: true },
  'discovery.k8s.io/v1 endpointslices': { served },
  'events.k8s.io/v1 events': { shortNames: ['ev'] },
  'networking.k8s.io/v1 ingresses': { shortNames: ['ing'] },
  'networking.k8s.io/v1 ipaddresses': { shortNames: ['ip'] },
  'networking.k8s.io/v1 networkpolicies': { shortNames: ['netpol'] },
  'policy/v1 poddisruptionbudgets': { shortNames: ['pdb'] },
  'scheduling.k8s.io/v1 priorityclasses': { shortNames: ['pc'] },
  'storage.k8s.io/v1 storageclasses': { shortNames: ['sc'] },
  'storage.k8s.io/v1 volumeattributesclasses': { shortNames: ['vac'] },
};
