/** The kinds that have a view of their own in SQL, with the columns that people ask for. */

export interface KindView {
  /** Name of the view in the schema `cluster`. */
  readonly view: string;
  /** `pods`, `deployments.apps`. */
  readonly resource: string;
  readonly columns?: readonly KindColumn[];
}

export interface KindColumn {
  readonly name: string;
  /** SQL over `j.object`, the object as JSON. */
  readonly value: string;
  readonly comment: string;
}

const text = (path: string) => `j.object #>> '{${path}}'`;
const integer = (path: string) => `(j.object #>> '{${path}}')::integer`;
const time = (path: string) => `(j.object #>> '{${path}}')::timestamptz`;
const json = (path: string) => `j.object #> '{${path}}'`;

const PHASE: KindColumn = { name: 'phase', value: text('status,phase'), comment: 'status.phase' };
const DATA: KindColumn = { name: 'data', value: json('data'), comment: 'its data: key to value' };
const DESIRED: KindColumn = {
  name: 'replicas',
  value: integer('spec,replicas'),
  comment: 'how many pods are asked for',
};
const READY: KindColumn = {
  name: 'ready_replicas',
  value: `coalesce(${integer('status,readyReplicas')}, 0)`,
  comment: 'how many pods are ready',
};
const IMAGES: KindColumn = {
  name: 'images',
  value: `(select array_agg(c ->> 'image') from jsonb_array_elements(j.object #> '{spec,template,spec,containers}') c)`,
  comment: 'images of the containers, in their order',
};

export const KIND_VIEWS: readonly KindView[] = [
  {
    view: 'pods',
    resource: 'pods',
    columns: [
      PHASE,
      { name: 'node', value: text('spec,nodeName'), comment: 'the node it was bound to' },
      { name: 'pod_ip', value: text('status,podIP'), comment: 'its address' },
      {
        name: 'ready',
        value: `exists (select from jsonb_array_elements(j.object #> '{status,conditions}') c where c ->> 'type' = 'Ready' and c ->> 'status' = 'True')`,
        comment: 'whether its condition Ready is True',
      },
      {
        name: 'restarts',
        value: `(select coalesce(sum((c ->> 'restartCount')::integer), 0) from jsonb_array_elements(j.object #> '{status,containerStatuses}') c)`,
        comment: 'restarts of all its containers',
      },
      {
        name: 'images',
        value: `(select array_agg(c ->> 'image') from jsonb_array_elements(j.object #> '{spec,containers}') c)`,
        comment: 'images of the containers, in their order',
      },
    ],
  },
  { view: 'deployments', resource: 'deployments.apps', columns: [DESIRED, READY, IMAGES] },
  { view: 'replicasets', resource: 'replicasets.apps', columns: [DESIRED, READY, IMAGES] },
  { view: 'statefulsets', resource: 'statefulsets.apps', columns: [DESIRED, READY, IMAGES] },
  { view: 'daemonsets', resource: 'daemonsets.apps', columns: [IMAGES] },
  { view: 'jobs', resource: 'jobs.batch', columns: [IMAGES] },
  {
    view: 'cronjobs',
    resource: 'cronjobs.batch',
    columns: [{ name: 'schedule', value: text('spec,schedule'), comment: 'when it starts a Job' }],
  },
  {
    view: 'services',
    resource: 'services',
    columns: [
      {
        name: 'type',
        value: text('spec,type'),
        comment: 'ClusterIP, NodePort, LoadBalancer or ExternalName',
      },
      { name: 'cluster_ip', value: text('spec,clusterIP'), comment: 'its address inside the cluster' },
      { name: 'ports', value: json('spec,ports'), comment: 'spec.ports' },
      { name: 'selector', value: json('spec,selector'), comment: 'labels of the pods it leads to' },
    ],
  },
  { view: 'configmaps', resource: 'configmaps', columns: [DATA] },
  { view: 'secrets', resource: 'secrets' },
  { view: 'serviceaccounts', resource: 'serviceaccounts' },
  { view: 'namespaces', resource: 'namespaces', columns: [PHASE] },
  {
    view: 'nodes',
    resource: 'nodes',
    columns: [
      {
        name: 'ready',
        value: `exists (select from jsonb_array_elements(j.object #> '{status,conditions}') c where c ->> 'type' = 'Ready' and c ->> 'status' = 'True')`,
        comment: 'whether its condition Ready is True',
      },
      {
        name: 'unschedulable',
        value: `coalesce((j.object #>> '{spec,unschedulable}')::boolean, false)`,
        comment: 'whether it is cordoned',
      },
      { name: 'capacity', value: json('status,capacity'), comment: 'what it has' },
      { name: 'allocatable', value: json('status,allocatable'), comment: 'what pods may use of it' },
    ],
  },
  { view: 'endpointslices', resource: 'endpointslices.discovery.k8s.io' },
  { view: 'persistentvolumes', resource: 'persistentvolumes', columns: [PHASE] },
  { view: 'persistentvolumeclaims', resource: 'persistentvolumeclaims', columns: [PHASE] },
  { view: 'ingresses', resource: 'ingresses.networking.k8s.io' },
  {
    view: 'horizontalpodautoscalers',
    resource: 'horizontalpodautoscalers.autoscaling',
    columns: [
      { name: 'min_replicas', value: integer('spec,minReplicas'), comment: 'the fewest pods' },
      { name: 'max_replicas', value: integer('spec,maxReplicas'), comment: 'the most pods' },
    ],
  },
  {
    view: 'events',
    resource: 'events',
    columns: [
      { name: 'type', value: text('type'), comment: 'Normal or Warning' },
      { name: 'reason', value: text('reason'), comment: 'why, in one word' },
      { name: 'message', value: text('message'), comment: 'what happened, in a sentence' },
      { name: 'about_kind', value: text('involvedObject,kind'), comment: 'kind of the object it is about' },
      { name: 'about_name', value: text('involvedObject,name'), comment: 'name of the object it is about' },
      { name: 'count', value: `coalesce(${integer('count')}, 1)`, comment: 'how often it happened' },
      {
        name: 'last_at',
        value: `coalesce(${time('lastTimestamp')}, ${time('eventTime')}, ${time('metadata,creationTimestamp')})`,
        comment: 'when it happened last',
      },
    ],
  },
  { view: 'leases', resource: 'leases.coordination.k8s.io' },
];
