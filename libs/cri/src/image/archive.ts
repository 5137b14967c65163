import { createHash } from 'node:crypto';
import { type TarEntry, tar } from './tar.ts';

export interface ImageSpec {
  /** Full reference: `docker.io/library/busybox:1.35`. */
  readonly name: string;
  /** Bottom first. */
  readonly layers: readonly (readonly TarEntry[])[];
  readonly entrypoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly workingDir?: string | undefined;
  readonly user?: string | undefined;
  /** Container ports: `8080/tcp`. */
  readonly exposedPorts?: readonly string[] | undefined;
}

interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

/**
 * An image archive in OCI layout (image-spec v1.0), as `ctr images import` and `docker load` read it. Layers are
 * not compressed: they go from one directory of this machine to another.
 */
export function imageArchive(image: ImageSpec): Buffer {
  const layers = image.layers.map((entries) => blob(tar(entries)));
  const config = jsonBlob({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Env: image.env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ...(image.entrypoint ? { Entrypoint: image.entrypoint } : {}),
      ...(image.command ? { Cmd: image.command } : {}),
      ...(image.workingDir ? { WorkingDir: image.workingDir } : {}),
      ...(image.user ? { User: image.user } : {}),
      ...(image.exposedPorts
        ? { ExposedPorts: Object.fromEntries(image.exposedPorts.map((port) => [port, {}])) }
        : {}),
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:00Z' })),
  });
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar', layer)),
  });
  const index = {
    schemaVersion: 2,
    manifests: [
      {
        ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
        annotations: { 'io.containerd.image.name': image.name },
      },
    ],
  };
  const unique = new Map([...layers, config, manifest].map((each) => [each.digest, each]));
  const file = (path: string, content: Uint8Array): TarEntry => ({
    type: 'file',
    path,
    mode: 0o644,
    content,
  });
  return tar([
    file('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
    file('index.json', Buffer.from(JSON.stringify(index))),
    { type: 'directory', path: 'blobs', mode: 0o755 },
    { type: 'directory', path: 'blobs/sha256', mode: 0o755 },
    ...[...unique.values()].map((each) => file(`blobs/sha256/${each.digest.slice(7)}`, each.bytes)),
  ]);
}

function blob(bytes: Buffer): Blob {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

function jsonBlob(value: unknown): Blob {
  return blob(Buffer.from(JSON.stringify(value)));
}

function descriptor(mediaType: string, each: Blob): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: each.digest, size: each.bytes.length };
}
