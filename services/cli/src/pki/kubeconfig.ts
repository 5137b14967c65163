import { stringify } from 'yaml';

export interface KubeconfigInput {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  /** `host:port` of the gRPC door, for programs that speak it. */
  readonly grpcServer: string;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** A kubeconfig with everything inside, so that the file alone can be copied to another machine. */
export function kubeconfigYaml(input: KubeconfigInput): string {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'reckon',
          cluster: {
            server: input.server,
            'certificate-authority-data': base64(input.caPem),
            extensions: [{ name: 'reckon.dev/grpc', extension: { server: input.grpcServer } }],
          },
        },
      ],
      users: [
        {
          name: 'kubernetes-admin',
          user: {
            'client-certificate-data': base64(input.certPem),
            'client-key-data': base64(input.keyPem),
          },
        },
      ],
      contexts: [{ name: 'reckon', context: { cluster: 'reckon', user: 'kubernetes-admin' } }],
      'current-context': 'reckon',
    },
    { lineWidth: 0 },
  );
}
