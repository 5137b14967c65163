/** What the cluster's own services need, and the roles for parts that others bring. */
import { NODE_RULES } from '../../auth/node/node-authorizer.ts';
import type { PolicyRule } from '../../auth/rbac/rule.ts';
import type { KubeObject } from '../../verbs/types.ts';
import { clusterRole, may, mayGet, mayOf, READ, type RoleRule } from './make.ts';

const EVENTS = may(['create', 'patch', 'update'], 'core,events.k8s.io', 'events');
const LEADERSHIP = may(
  ['create', 'get', 'list', 'patch', 'update', 'watch'],
  'coordination.k8s.io',
  'leases',
);
/** Whoever follows the cluster reads what he has missed from the log. */
const FOLLOWS = may([...READ, 'history'], '*', '*');

/** The controllers own, change and collect objects of all kinds. */
const CONTROLLER_MANAGER = [
  FOLLOWS,
  may(['create', 'delete', 'deletecollection', 'patch', 'update'], '*', '*'),
  may(['escalate', 'bind'], 'rbac.authorization.k8s.io', 'clusterroles', 'roles'),
  may(['impersonate'], 'core', 'serviceaccounts'),
  mayOf(['kubernetes.io/kube-apiserver-client-kubelet'], may(['approve'], 'certificates.k8s.io', 'signers')),
  mayOf(
    [
      'kubernetes.io/kube-apiserver-client',
      'kubernetes.io/kube-apiserver-client-kubelet',
      'kubernetes.io/kubelet-serving',
    ],
    may(['sign'], 'certificates.k8s.io', 'signers'),
  ),
  mayGet('/api', '/api/*', '/apis', '/apis/*', '/metrics'),
];

const SCHEDULER = [
  EVENTS,
  LEADERSHIP,
  FOLLOWS,
  may(['delete'], 'core', 'pods'),
  may(['create'], 'core', 'bindings', 'pods/binding'),
  may(['patch', 'update'], 'core', 'pods/status'),
  may(['create'], 'authentication.k8s.io', 'tokenreviews'),
  may(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
];

export const FOR_SERVICES: readonly KubeObject[] = [
  clusterRole('system:kube-controller-manager', CONTROLLER_MANAGER),
  clusterRole('system:kube-scheduler', SCHEDULER),
  clusterRole('system:volume-scheduler', [
    may(['get', 'list', 'patch', 'update', 'watch'], 'core', 'persistentvolumes', 'persistentvolumeclaims'),
    may(READ, 'storage.k8s.io', 'storageclasses'),
  ]),
  // The API server speaks to the agents of nodes with this name, and to itself with more.
  clusterRole('system:kubelet-api-admin', [
    may(READ, 'core', 'nodes'),
    may(['proxy'], 'core', 'nodes'),
    may(['*'], 'core', 'nodes/log', 'nodes/metrics', 'nodes/proxy', 'nodes/stats'),
  ]),
  clusterRole('system:node', NODE_RULES.map(trimmed)),
  clusterRole('system:node-proxier', [
    may(['list', 'watch'], 'core', 'endpoints', 'services'),
    may(READ, 'core', 'nodes'),
    may(['list', 'watch'], 'discovery.k8s.io', 'endpointslices'),
    EVENTS,
  ]),
  clusterRole('system:node-bootstrapper', [
    may(['create', 'get', 'list', 'watch'], 'certificates.k8s.io', 'certificatesigningrequests'),
  ]),
  clusterRole('system:node-problem-detector', [
    may(['get'], 'core', 'nodes'),
    may(['patch'], 'core', 'nodes/status'),
    EVENTS,
  ]),
  clusterRole('system:auth-delegator', [
    may(['create'], 'authentication.k8s.io', 'tokenreviews'),
    may(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
  ]),
  clusterRole('system:service-account-issuer-discovery', [
    mayGet(
      '/.well-known/openid-configuration',
      '/.well-known/openid-configuration/',
      '/openid/v1/jwks',
      '/openid/v1/jwks/',
    ),
  ]),
  clusterRole('system:persistent-volume-provisioner', [
    may(['create', 'delete', 'get', 'list', 'watch'], 'core', 'persistentvolumes'),
    may(['get', 'list', 'update', 'watch'], 'core', 'persistentvolumeclaims'),
    may(READ, 'storage.k8s.io', 'storageclasses'),
    may(['watch'], 'core', 'events'),
    EVENTS,
  ]),
  ...['nodeclient', 'selfnodeclient'].map((name) =>
    clusterRole(`system:certificates.k8s.io:certificatesigningrequests:${name}`, [
      may(['create'], 'certificates.k8s.io', `certificatesigningrequests/${name}`),
    ]),
  ),
  ...signers(),
  // Reckon's own: who may look into the past of everything.
  clusterRole('reckon:history-viewer', [may(['history'], '*', '*')]),
];

function trimmed(rule: PolicyRule): RoleRule {
  const { verbs, apiGroups, resources } = rule;
  return { verbs, apiGroups, resources };
}

/** Who may approve and sign certificate requests of the usual signers. */
function signers(): readonly KubeObject[] {
  const names = [
    'kube-apiserver-client',
    'kube-apiserver-client-kubelet',
    'kubelet-serving',
    'legacy-unknown',
  ];
  return names.map((name) =>
    clusterRole(`system:certificates.k8s.io:${name}-approver`, [
      mayOf([`kubernetes.io/${name}`], may(['approve'], 'certificates.k8s.io', 'signers')),
    ]),
  );
}
