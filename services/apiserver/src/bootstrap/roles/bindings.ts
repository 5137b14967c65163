import type { KubeObject } from '../../verbs/types.ts';
import { clusterBinding } from './make.ts';

const ANYBODY = ['Group system:authenticated', 'Group system:unauthenticated'] as const;

/** https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings */
export const DEFAULT_BINDINGS: readonly KubeObject[] = [
  clusterBinding('cluster-admin', ['Group system:masters']),
  clusterBinding('system:discovery', ['Group system:authenticated']),
  clusterBinding('system:basic-user', ['Group system:authenticated']),
  clusterBinding('system:public-info-viewer', ANYBODY),
  clusterBinding('system:monitoring', ['Group system:monitoring']),
  clusterBinding('system:kube-controller-manager', ['User system:kube-controller-manager']),
  clusterBinding('system:kube-scheduler', ['User system:kube-scheduler']),
  clusterBinding('system:volume-scheduler', ['User system:kube-scheduler']),
  clusterBinding('system:kubelet-api-admin', ['User system:apiserver'], 'reckon:apiserver'),
  clusterBinding('system:node-proxier', ['User system:kube-proxy']),
  // A node's rights are the node authorizer's to give.
  clusterBinding('system:node', []),
  clusterBinding('system:node-bootstrapper', ['Group system:bootstrappers'], 'reckon:node-bootstrapper'),
  // A node that joins by a bootstrap token gets its first certificate, and renews it, without anybody's help.
  clusterBinding(
    'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    ['Group system:bootstrappers'],
    'reckon:node-autoapprove-bootstrap',
  ),
  clusterBinding(
    'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    ['Group system:nodes'],
    'reckon:node-autoapprove-certificate-rotation',
  ),
  clusterBinding('system:service-account-issuer-discovery', ['Group system:serviceaccounts']),
];
