import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProblems } from '../testing.ts';

const pod = (spec: Record<string, unknown>) => createProblems({ resource: 'pods', spec });
const container = (rest: Record<string, unknown> = {}) => ({ name: 'c', image: 'i', ...rest });
const withContainer = (rest: Record<string, unknown>) => pod({ containers: [container(rest)] });
const withPod = (rest: Record<string, unknown>) => pod({ containers: [container()], ...rest });
const C = 'spec.containers[0]';

interface Case {
  readonly is: string;
  readonly problems: readonly string[];
  readonly expected: readonly string[];
}

describe('pods', () => {
  it('need containers with names and images', () => {
    assert.deepEqual(pod({}), ['spec.containers: Required value']);
    assert.deepEqual(pod({ containers: [{}] }), [`${C}.name: Required value`, `${C}.image: Required value`]);
    assert.deepEqual(withContainer({ image: ' i' }), [
      `${C}.image: Invalid value: " i": must not have leading or trailing whitespace`,
    ]);
  });

  it('have every container name once, init containers included', () => {
    assert.deepEqual(pod({ containers: [container(), container()], initContainers: [container()] }), [
      'spec.containers[1].name: Duplicate value: "c"',
      'spec.initContainers[0].name: Duplicate value: "c"',
    ]);
  });

  const cases: readonly Case[] = [
    {
      is: 'a port name that is there twice',
      problems: withContainer({
        ports: [
          { name: 'a', containerPort: 1 },
          { name: 'a', containerPort: 2 },
        ],
      }),
      expected: [`${C}.ports[1].name: Duplicate value: "a"`],
    },
    {
      is: 'a host port that is taken twice',
      problems: pod({
        containers: [
          container({ ports: [{ containerPort: 1, hostPort: 80 }] }),
          { name: 'd', image: 'i', ports: [{ containerPort: 2, hostPort: 80 }] },
        ],
      }),
      expected: ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"'],
    },
    {
      is: 'another host port than the container’s on the host’s network',
      problems: pod({
        hostNetwork: true,
        containers: [container({ ports: [{ containerPort: 1, hostPort: 2 }] })],
      }),
      expected: [
        `${C}.ports[0].hostPort: Invalid value: 2: must match \`containerPort\` when \`hostNetwork\` is true`,
      ],
    },
    {
      is: 'a restart policy in an ordinary container',
      problems: withContainer({ restartPolicy: 'Always' }),
      expected: [`${C}.restartPolicy: Forbidden: may not be set for non-init containers`],
    },
    {
      is: 'a probe in an init container that ends',
      problems: withPod({
        initContainers: [{ name: 'i', image: 'i', livenessProbe: { tcpSocket: { port: 1 } } }],
      }),
      expected: [
        'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    },
    {
      is: 'a restart policy that sidecars do not have',
      problems: withPod({ initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Never' }] }),
      expected: [
        'spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"',
      ],
    },
    {
      is: 'a probe without and with too many handlers',
      problems: withContainer({
        livenessProbe: {},
        readinessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 1 } },
      }),
      expected: [
        `${C}.livenessProbe: Required value: must specify a handler type`,
        `${C}.readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`,
      ],
    },
    {
      is: 'a liveness probe that has to succeed twice',
      problems: withContainer({ livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } }),
      expected: [`${C}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
    },
    {
      is: 'a probe without command',
      problems: withContainer({ startupProbe: { exec: {} } }),
      expected: [`${C}.startupProbe.exec.command: Required value`],
    },
    {
      is: 'a grace period of a readiness probe',
      problems: withContainer({
        readinessProbe: { tcpSocket: { port: 1 }, terminationGracePeriodSeconds: 0 },
      }),
      expected: [
        `${C}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0`,
        `${C}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 0: must not be set for readinessProbes`,
      ],
    },
    {
      is: 'a hook that sleeps for longer than the grace period',
      problems: withContainer({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
      expected: [
        `${C}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
      ],
    },
    {
      is: 'a variable with no, two and conflicting sources',
      problems: withContainer({
        env: [
          { name: 'A', valueFrom: {} },
          {
            name: 'B',
            valueFrom: {
              secretKeyRef: { name: 's', key: 'k' },
              configMapKeyRef: { name: 'm', key: 'k' },
            },
          },
          { name: 'C', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
      }),
      expected: [
        `${C}.env[0].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\` or \`secretKeyRef\``,
        `${C}.env[1].valueFrom: Invalid value: "": may not have more than one field specified at a time`,
        `${C}.env[2].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`,
      ],
    },
    {
      is: 'fields that a variable cannot hold',
      problems: withContainer({
        env: [
          { name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.frob' } } },
          { name: 'B', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } },
          { name: 'C', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          { name: 'D', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } } },
        ],
      }),
      expected: [
        `${C}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.frob": error converting fieldPath: field label not supported: spec.frob`,
        `${C}.env[1].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
        `${C}.env[3].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
      ],
    },
    {
      is: 'an environment from nowhere',
      problems: withContainer({ envFrom: [{}, { secretRef: { name: '' } }] }),
      expected: [
        `${C}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``,
        `${C}.envFrom[1].secretRef.name: Required value`,
      ],
    },
    {
      is: 'mounts of no volume, at one place, out of their volume',
      problems: pod({
        volumes: [{ name: 'v', emptyDir: {} }],
        containers: [
          container({
            volumeMounts: [
              { name: 'w', mountPath: '/a' },
              { name: 'v', mountPath: '/a', subPath: '/b' },
              { name: 'v', mountPath: '/c', subPath: 'x/../..' },
            ],
          }),
        ],
      }),
      expected: [
        `${C}.volumeMounts[0].name: Not found: "w"`,
        `${C}.volumeMounts[1].mountPath: Invalid value: "/a": must be unique`,
        `${C}.volumeMounts.subPath: Invalid value: "/b": must be a relative path`,
        `${C}.volumeMounts.subPath: Invalid value: "x/../..": must not contain '..'`,
      ],
    },
    {
      is: 'requests over limits, negative and unknown resources',
      problems: withContainer({
        resources: {
          requests: { cpu: '2', memory: '-1', gpu: '1', 'example.com/x': '1500m' },
          limits: { cpu: '1' },
        },
      }),
      expected: [
        `${C}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
        `${C}.resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0`,
        `${C}.resources.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified`,
        `${C}.resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers`,
        `${C}.resources.requests[example.com/x]: Invalid value: "1500m": must be an integer`,
        `${C}.resources.limits: Required value: Limit must be set for non overcommitable resources`,
      ],
    },
    {
      is: 'a volume with no source and one with two',
      problems: withPod({ volumes: [{ name: 'v', emptyDir: {}, secret: { secretName: 's' } }] }),
      expected: ['spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type'],
    },
    {
      is: 'volumes without the names of what they hold, and with paths that lead out',
      problems: withPod({
        volumes: [
          { name: 'a', secret: { items: [{ key: 'k', path: '../x' }] } },
          { name: 'b', configMap: {} },
          { name: 'c', hostPath: { path: '/a/../b' } },
          { name: 'd', downwardAPI: { items: [{ path: '..data' }] } },
        ],
      }),
      expected: [
        'spec.volumes[0].secret.secretName: Required value',
        `spec.volumes[0].secret.items[0].path: Invalid value: "../x": must not contain '..'`,
        'spec.volumes[1].configMap.name: Required value',
        `spec.volumes[2].hostPath.path: Invalid value: "/a/../b": must not contain '..'`,
        `spec.volumes[3].downwardAPI.items[0].path: Invalid value: "..data": must not start with '..'`,
        'spec.volumes[3].downwardAPI.items[0]: Required value: one of fieldRef and resourceFieldRef is required',
      ],
    },
    {
      is: 'two projected files of one name',
      problems: withPod({
        serviceAccountName: 'default',
        volumes: [
          {
            name: 'v',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token' } },
                { configMap: { name: 'm', items: [{ key: 'k', path: 'token' }] } },
              ],
            },
          },
        ],
      }),
      expected: [
        'spec.volumes[0].projected.sources[1].configMap: Invalid value: "m": conflicting duplicate paths',
      ],
    },
    {
      is: 'a token without an account',
      problems: withPod({
        volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
      }),
      expected: [
        'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
      ],
    },
    {
      is: 'ids that are none, and a privilege both given and refused',
      problems: pod({
        securityContext: { runAsUser: -1 },
        containers: [container({ securityContext: { privileged: true, allowPrivilegeEscalation: false } })],
      }),
      expected: [
        `${C}.securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
        'spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      ],
    },
    {
      is: 'a seccomp profile without its file',
      problems: withContainer({ securityContext: { seccompProfile: { type: 'Localhost' } } }),
      expected: [
        `${C}.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`,
      ],
    },
    {
      is: 'tolerations that contradict themselves',
      problems: withPod({
        tolerations: [
          { operator: 'Equal', value: 'x' },
          { key: 'a', operator: 'Exists', value: 'x' },
          { key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 1 },
        ],
      }),
      expected: [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
        'spec.tolerations[1].operator: Invalid value: "x": value must be empty when `operator` is \'Exists\'',
        'spec.tolerations[2].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      ],
    },
    {
      is: 'name servers that are needed, wrong or too many',
      problems: withPod({
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['a', '1.1.1.1', '::1', '8.8.8.8'] },
      }),
      expected: [
        'spec.dnsConfig.nameservers: Invalid value: ["a","1.1.1.1","::1","8.8.8.8"]: must not have more than 3 nameservers',
        'spec.dnsConfig.nameservers[0]: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    },
    {
      is: 'a host alias that is no address',
      problems: withPod({ hostAliases: [{ ip: '1.2.3', hostnames: ['a'] }] }),
      expected: [
        'spec.hostAliases[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    },
  ];
  for (const { is, problems, expected } of cases) {
    it(`are refused for ${is}`, () => assert.deepEqual([...problems].sort(), [...expected].sort()));
  }

  it('may be as the tutorials have them', () => {
    assert.deepEqual(
      pod({
        serviceAccountName: 'default',
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ operator: 'Exists' }],
        initContainers: [
          { name: 'init', image: 'busybox', command: ['sh', '-c', 'sleep 1'] },
          {
            name: 'sidecar',
            image: 'busybox',
            restartPolicy: 'Always',
            startupProbe: { exec: { command: ['true'] } },
          },
        ],
        containers: [
          container({
            ports: [{ name: 'http', containerPort: 8080 }],
            env: [
              { name: 'A', value: '' },
              { name: 'B', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            ],
            envFrom: [{ configMapRef: { name: 'm' } }],
            resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: 1, memory: '1Gi' } },
            livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
            lifecycle: { preStop: { exec: { command: ['true'] } } },
            volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'a/b', readOnly: true }],
          }),
        ],
        volumes: [{ name: 'v', configMap: { name: 'm', items: [{ key: 'k', path: 'a/b' }] } }],
      }),
      [],
    );
  });
});
