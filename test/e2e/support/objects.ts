/** Objects that the end-to-end tests apply. */

export interface PodOptions {
  readonly name: string;
  readonly command?: readonly string[];
  readonly spec?: object;
  readonly container?: object;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A busybox pod that sleeps, unless told otherwise, and stops at once when asked to. */
export function busyboxPod({ name, command, spec, container, labels }: PodOptions): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: labels ?? { run: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      ...spec,
      containers: [
        {
          name: 'main',
          image: 'busybox',
          imagePullPolicy: 'IfNotPresent',
          command: command ?? sh('trap "exit 0" TERM; sleep 3600 & wait'),
          ...container,
        },
      ],
    },
  };
}

export function sh(script: string): readonly string[] {
  return ['sh', '-c', script];
}

export function service(name: string, spec: object): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

export function webDeployment(
  name: string,
  replicas: number,
  options: { readonly template?: object } = {},
): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: 'web',
              image: 'spring-server',
              imagePullPolicy: 'IfNotPresent',
              ports: [{ containerPort: 8080, name: 'http' }],
              readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
            },
          ],
          ...options.template,
        },
      },
    },
  };
}
