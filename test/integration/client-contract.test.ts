import { ApiServerWorld } from '@reckon/apiserver/testing/api-server-world.ts';
import { GrpcApi } from '@reckon/client';
import { describeApiClient } from '@reckon/client/testing/contract.ts';
import { systemClock } from '@reckon/service';

describeApiClient('the gRPC door of a real API server', async () => {
  const world = await ApiServerWorld.start();
  const { certificate, privateKey } = await world.authority.client('kubernetes-admin', 'system:masters');
  const api = new GrpcApi({
    address: `127.0.0.1:${world.server.grpcPort}`,
    tls: { ca: world.authority.certificate, cert: certificate, key: privateKey },
    clock: systemClock,
  });
  return {
    api,
    trusted: false,
    close: async () => {
      api.close();
      await world.stop();
    },
  };
});
