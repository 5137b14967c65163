/** Kubernetes' roles for people: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles */
import type { KubeObject } from '../../verbs/types.ts';
import { aggregated, clusterRole, may, mayGet, part, READ, READ_WRITE, WRITE } from './make.ts';

const WORKLOADS = [
  'daemonsets',
  'deployments',
  'deployments/scale',
  'replicasets',
  'replicasets/scale',
  'statefulsets',
  'statefulsets/scale',
];
const WORKLOAD_STATUS = [
  'controllerrevisions',
  'daemonsets/status',
  'deployments/status',
  'replicasets/status',
  'statefulsets/status',
];
const CORE = ['pods', 'replicationcontrollers', 'replicationcontrollers/scale'];

export const FOR_PEOPLE: readonly KubeObject[] = [
  clusterRole('cluster-admin', [may(['*'], '*', '*'), { verbs: ['*'], nonResourceURLs: ['*'] }]),
  aggregated('admin'),
  aggregated('edit', 'admin'),
  aggregated('view', 'edit'),
  part(
    'system:aggregate-to-admin',
    ['admin'],
    [
      may(['create'], 'authorization.k8s.io', 'localsubjectaccessreviews'),
      may(READ_WRITE, 'rbac.authorization.k8s.io', 'roles', 'rolebindings'),
      // What was there before is as much the namespace's as what is there now; of secrets only revisions are shown.
      may(['history'], '*', '*'),
    ],
  ),
  part(
    'system:aggregate-to-edit',
    ['edit'],
    [
      may(
        READ,
        'core',
        'pods/attach',
        'pods/exec',
        'pods/portforward',
        'pods/proxy',
        'secrets',
        'services/proxy',
      ),
      may(['impersonate'], 'core', 'serviceaccounts'),
      may(WRITE, 'core', 'pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'),
      may(['create'], 'core', 'pods/eviction'),
      may(
        WRITE,
        'core',
        'configmaps',
        'events',
        'persistentvolumeclaims',
        'replicationcontrollers',
        'replicationcontrollers/scale',
        'secrets',
        'serviceaccounts',
        'services',
        'services/proxy',
      ),
      may(['create'], 'core', 'serviceaccounts/token'),
      may(WRITE, 'apps', ...WORKLOADS, 'deployments/rollback'),
      may(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
      may(WRITE, 'batch', 'cronjobs', 'jobs'),
      may(WRITE, 'policy', 'poddisruptionbudgets'),
      may(WRITE, 'networking.k8s.io', 'ingresses', 'networkpolicies'),
      may(READ_WRITE, 'coordination.k8s.io', 'leases'),
    ],
  ),
  part(
    'system:aggregate-to-view',
    ['view'],
    [
      may(
        READ,
        'core',
        ...CORE,
        'configmaps',
        'endpoints',
        'persistentvolumeclaims',
        'persistentvolumeclaims/status',
        'serviceaccounts',
        'services',
        'services/status',
      ),
      may(
        READ,
        'core',
        'bindings',
        'events',
        'limitranges',
        'namespaces',
        'namespaces/status',
        'pods/log',
        'pods/status',
        'replicationcontrollers/status',
        'resourcequotas',
        'resourcequotas/status',
      ),
      may(READ, 'discovery.k8s.io', 'endpointslices'),
      may(READ, 'apps', ...WORKLOADS, ...WORKLOAD_STATUS),
      may(READ, 'autoscaling', 'horizontalpodautoscalers', 'horizontalpodautoscalers/status'),
      may(READ, 'batch', 'cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'),
      may(READ, 'policy', 'poddisruptionbudgets', 'poddisruptionbudgets/status'),
      may(READ, 'networking.k8s.io', 'ingresses', 'ingresses/status', 'networkpolicies'),
    ],
  ),
  clusterRole('system:discovery', [
    mayGet(
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ),
  ]),
  clusterRole('system:basic-user', [
    may(['create'], 'authorization.k8s.io', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'),
    may(['create'], 'authentication.k8s.io', 'selfsubjectreviews'),
  ]),
  clusterRole('system:public-info-viewer', [
    mayGet('/healthz', '/livez', '/readyz', '/version', '/version/'),
  ]),
  clusterRole('system:monitoring', [
    mayGet(
      '/healthz',
      '/healthz/*',
      '/livez',
      '/livez/*',
      '/metrics',
      '/metrics/slis',
      '/readyz',
      '/readyz/*',
    ),
  ]),
];
