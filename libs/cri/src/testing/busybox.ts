import { imageArchive } from '../image/archive.ts';
import { busyboxLayer } from '../image/busybox.ts';

/** The image that tests run: every command of busybox, and nothing else. */
export const BUSYBOX_IMAGE = 'docker.io/library/busybox:1.35';

/** An image archive made from the machine's static busybox. */
export async function busyboxArchive(name = BUSYBOX_IMAGE): Promise<Buffer> {
  return imageArchive({ name, layers: [await busyboxLayer()], command: ['sh'] });
}
