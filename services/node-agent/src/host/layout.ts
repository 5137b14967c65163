import { join } from 'node:path';

/**
 * Where a node keeps what belongs to its pods. Everything of a pod is below `podDir` or `secretDir`, but its logs:
 * those are read after the pod's volumes are gone.
 */
export class Layout {
  readonly #stateDir: string;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
  }

  get podsDir(): string {
    return join(this.#stateDir, 'pods');
  }

  /** A file system in memory: what is secret never reaches a disk. */
  get secretsDir(): string {
    return join(this.#stateDir, 'secrets');
  }

  get logsDir(): string {
    return join(this.#stateDir, 'logs');
  }

  podDir(uid: string): string {
    return join(this.podsDir, uid);
  }

  volumeDir(uid: string, volume: string): string {
    return join(this.podDir(uid), 'volumes', volume);
  }

  secretDir(uid: string): string {
    return join(this.secretsDir, uid);
  }

  secretVolumeDir(uid: string, volume: string): string {
    return join(this.secretDir(uid), volume);
  }

  hostsFile(uid: string): string {
    return join(this.podDir(uid), 'etc-hosts');
  }

  /** Where a subPath of a volume is mounted, for the runtime to find. */
  subPathFile(uid: string, container: string, index: number): string {
    return join(this.podDir(uid), 'subpaths', container, String(index));
  }

  terminationFile(uid: string, container: { readonly name: string; readonly attempt: number }): string {
    return join(this.podDir(uid), 'containers', container.name, `${container.attempt}.termination`);
  }

  /** As the kubelet names them: collectors of logs take namespace, name and uid from it. */
  podLogsDir(pod: { readonly namespace: string; readonly name: string; readonly uid: string }): string {
    return join(this.logsDir, `${pod.namespace}_${pod.name}_${pod.uid}`);
  }

  /** Below `podLogsDir`. */
  containerLog(container: { readonly name: string; readonly attempt: number }): string {
    return join(container.name, `${container.attempt}.log`);
  }
}
