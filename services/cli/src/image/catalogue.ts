import { imageArchive } from '@reckon/cri/image/archive.ts';
import { busyboxLayer } from '@reckon/cri/image/busybox.ts';
import { springServerArchive } from './spring-server.ts';

/** An image that can be built here, from packages of the distribution alone. */
export interface BuildableImage {
  /** As the runtime knows it: in full. */
  readonly reference: string;
  readonly file: string;
  build(): Promise<Buffer>;
}

const LIBRARY = 'docker.io/library';

function springServer(tag: string, version: string): BuildableImage {
  const reference = `${LIBRARY}/spring-server:${tag}`;
  return {
    reference,
    file: `spring-server-${tag}.tar`,
    build: () => springServerArchive(reference, version),
  };
}

const BUSYBOX: BuildableImage = {
  reference: `${LIBRARY}/busybox:latest`,
  file: 'busybox-latest.tar',
  build: async () =>
    imageArchive({ name: BUSYBOX.reference, layers: [await busyboxLayer()], command: ['sh'] }),
};

/** By the name that one asks for them with. */
export const CATALOGUE: { readonly [name: string]: readonly BuildableImage[] } = {
  'spring-server': [springServer('latest', 'v1'), springServer('v2', 'v2')],
  busybox: [BUSYBOX],
};
