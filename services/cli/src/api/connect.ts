import { readFileSync } from 'node:fs';
import { GrpcApi } from '@reckon/client';
import { systemClock } from '@reckon/service';
import { pkiFiles } from '../pki/cluster-pki.ts';
import { requireSettings } from '../state/cluster.ts';
import { layoutOf } from '../state/layout.ts';

/** The cluster's gRPC door, as administrator. To be closed. */
export function connect(stateDir: string): GrpcApi {
  const layout = layoutOf(stateDir);
  const { ports } = requireSettings(layout);
  const pki = pkiFiles(layout.pkiDir);
  const read = (path: string) => readFileSync(path, 'utf8');
  const { cert, key } = pki.clients.admin;
  return new GrpcApi({
    address: `localhost:${ports.grpc}`,
    tls: { ca: read(pki.caCert), cert: read(cert), key: read(key) },
    clock: systemClock,
  });
}
