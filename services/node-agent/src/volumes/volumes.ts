import { mkdir, rm } from 'node:fs/promises';
import { ApiError } from '@reckon/api';
import { CONFIG_MAPS, type Frozen, SECRETS } from '@reckon/client';
import type { ConfigMap } from '@reckon/proto/reckon/api/core/v1/config_map.ts';
import type { Secret } from '@reckon/proto/reckon/api/core/v1/secret.ts';
import type { ProjectedVolumeSource, Volume } from '@reckon/proto/reckon/api/core/v1/volume.ts';
import type { Clock, Logger } from '@reckon/service';
import type { Layout } from '../host/layout.ts';
import type { SharedObjects } from '../objects/shared-objects.ts';
import { allContainers, type PodModel } from '../pod/model.ts';
import { writeAtomicDir } from './atomic-dir.ts';
import { prepareEmptyDir } from './empty-dir.ts';
import { prepareHostPath } from './host-path.ts';
import { mountsBelow, unmount } from './mounts.ts';
import {
  checkedPath,
  configMapPayload,
  DEFAULT_MODE,
  downwardPayload,
  type Payload,
  type PayloadFile,
  secretPayload,
} from './payload.ts';
import type { Tokens } from './tokens.ts';

export interface VolumesOptions {
  readonly layout: Layout;
  readonly objects: Pick<SharedObjects, 'use'>;
  readonly tokens: Pick<Tokens, 'get' | 'release'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly allocatable: () => Readonly<Record<string, string>>;
}

const RENEW_RETRY_MS = 10_000;

type VolumeValue = Frozen<Volume>;

/** The volumes of pods on this node. */
export class Volumes {
  readonly #options: VolumesOptions;
  /** By pod uid: the next renewal of a token. */
  readonly #renewals = new Map<string, { readonly atMs: number; readonly cancel: () => void }>();
  /** By directory: what is being written there. */
  readonly #turns = new Map<string, Promise<void>>();
  #versions = 0;

  constructor(options: VolumesOptions) {
    this.#options = options;
  }

  /** Makes all volumes of a pod, all at the same time. Rejects with a text for people, naming the volume. */
  async prepare(pod: PodModel): Promise<void> {
    await Promise.all(
      (pod.object.spec?.volumes ?? []).map((volume) => this.#named(volume, () => this.#make(pod, volume))),
    );
  }

  /** Writes the files anew that are made from objects of the API; those that did not change are left alone. */
  async refresh(pod: PodModel): Promise<void> {
    const made = (pod.object.spec?.volumes ?? []).filter(isFromApi);
    await Promise.all(made.map((volume) => this.#named(volume, () => this.#make(pod, volume))));
  }

  /** The volume on the node. */
  pathOf(pod: PodModel, name: string): string {
    const volume = pod.object.spec?.volumes?.find((each) => each.name === name);
    if (!volume) throw new ApiError('BadRequest', `pod has no volume "${name}"`);
    if (volume.hostPath) return volume.hostPath.path ?? '';
    const { layout } = this.#options;
    return isSecret(volume) ? layout.secretVolumeDir(pod.uid, name) : layout.volumeDir(pod.uid, name);
  }

  /** Removes everything that lives no longer than the pod. */
  async release(uid: string): Promise<void> {
    const { layout, tokens } = this.#options;
    this.#renewals.get(uid)?.cancel();
    this.#renewals.delete(uid);
    tokens.release(uid);
    for (const point of await mountsBelow(layout.podDir(uid))) await unmount(point);
    await Promise.all([
      rm(`${layout.podDir(uid)}/volumes`, { recursive: true, force: true }),
      rm(`${layout.podDir(uid)}/subpaths`, { recursive: true, force: true }),
      rm(layout.secretDir(uid), { recursive: true, force: true }),
    ]);
  }

  stop(): void {
    for (const { cancel } of this.#renewals.values()) cancel();
    this.#renewals.clear();
  }

  async #named(volume: VolumeValue, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      const error = ApiError.from(cause);
      const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`;
      throw new ApiError(error.reason, message, {}, { cause });
    }
  }

  async #make(pod: PodModel, volume: VolumeValue): Promise<void> {
    const name = volume.name ?? '';
    const fsGroup = pod.object.spec?.securityContext?.fsGroup;
    if (volume.hostPath) return prepareHostPath(volume.hostPath);
    if (volume.emptyDir) {
      return prepareEmptyDir(this.#options.layout.volumeDir(pod.uid, name), volume.emptyDir, fsGroup);
    }
    const dir = this.pathOf(pod, name);
    await this.#inTurn(dir, async () => {
      const payload = await this.#payload(pod, volume);
      if (!payload) throw new ApiError('BadRequest', 'volumes of this kind are not supported on this node');
      await mkdir(dir, { recursive: true });
      const version = `${new Date(this.#options.clock.nowMs()).toISOString().replace(/\W/g, '_')}.${this.#versions++}`;
      await writeAtomicDir(payload, { dir, fsGroup, version });
    });
  }

  /** A renewal may fall into the making of the same files: the later one begins with what the earlier one left. */
  #inTurn(dir: string, work: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(dir);
    const turn = before ? before.then(work, work) : work();
    this.#turns.set(dir, turn);
    const over = () => {
      if (this.#turns.get(dir) === turn) this.#turns.delete(dir);
    };
    turn.then(over, over);
    return turn;
  }

  async #payload(pod: PodModel, volume: VolumeValue): Promise<Payload | undefined> {
    const { configMap, secret, downwardAPI, projected } = volume;
    if (configMap)
      return configMapPayload(configMap.name ?? '', await this.#configMap(pod, configMap.name), configMap);
    if (secret)
      return secretPayload(secret.secretName ?? '', await this.#secret(pod, secret.secretName), secret);
    if (downwardAPI)
      return this.#downward(pod, downwardAPI.items ?? [], downwardAPI.defaultMode ?? DEFAULT_MODE);
    if (projected) return this.#projected(pod, projected);
    return undefined;
  }

  /** Several sources in one directory; of two files of one name the later source's is there. */
  async #projected(pod: PodModel, { sources, defaultMode }: Frozen<ProjectedVolumeSource>): Promise<Payload> {
    const mode = defaultMode ?? DEFAULT_MODE;
    const parts = (sources ?? []).map(async (source): Promise<Payload> => {
      const { configMap, secret, downwardAPI, serviceAccountToken: token } = source;
      if (configMap) {
        const selection = { ...configMap, defaultMode: mode };
        return configMapPayload(configMap.name ?? '', await this.#configMap(pod, configMap.name), selection);
      }
      if (secret) {
        const selection = { ...secret, defaultMode: mode };
        return secretPayload(secret.name ?? '', await this.#secret(pod, secret.name), selection);
      }
      if (downwardAPI) return this.#downward(pod, downwardAPI.items ?? [], mode);
      if (token) {
        const wish = { audience: token.audience ?? '', expirationSeconds: token.expirationSeconds ?? 3_600 };
        return new Map([[checkedPath(token.path ?? ''), await this.#token(pod, wish, mode)]]);
      }
      throw new ApiError('BadRequest', 'a projected volume has a source of no known kind');
    });
    return new Map((await Promise.all(parts)).flatMap((part) => [...part]));
  }

  #downward(pod: PodModel, items: Parameters<typeof downwardPayload>[1], defaultMode: number): Payload {
    const facts = { podIps: [], hostIps: [] };
    return downwardPayload(pod, items, { defaultMode, facts, allocatable: this.#options.allocatable() });
  }

  async #token(
    pod: PodModel,
    wish: { readonly audience: string; readonly expirationSeconds: number },
    mode: number,
  ): Promise<PayloadFile> {
    const { token, refreshAtMs } = await this.#options.tokens.get(pod, wish);
    this.#renewAt(pod, refreshAtMs);
    const content = Buffer.from(token);
    const uid = commonUser(pod);
    // Readable for the one user there is, and for the group of the volume; for all if there is neither (KEP-1205).
    const isShared = uid === undefined && pod.object.spec?.securityContext?.fsGroup === undefined;
    return isShared ? { content, mode } : { content, mode: 0o600, uid };
  }

  /** Of several tokens the first that has to be renewed decides: then all are looked at. */
  #renewAt(pod: PodModel, atMs: number): void {
    const { clock, log } = this.#options;
    const planned = this.#renewals.get(pod.uid);
    if (planned && planned.atMs <= atMs) return;
    planned?.cancel();
    const renew = () => {
      this.#renewals.delete(pod.uid);
      this.refresh(pod).catch((error) => {
        log.warn('the files of a pod could not be renewed', { pod: pod.name, error });
        this.#renewAt(pod, clock.nowMs() + RENEW_RETRY_MS);
      });
    };
    const cancel = clock.after(Math.max(0, atMs - clock.nowMs()), renew);
    this.#renewals.set(pod.uid, { atMs, cancel });
  }

  #configMap(pod: PodModel, name = ''): Promise<Frozen<ConfigMap> | undefined> {
    const target = { namespace: pod.namespace, name };
    return this.#options.objects.use<ConfigMap>(pod.uid, CONFIG_MAPS, target);
  }

  #secret(pod: PodModel, name = ''): Promise<Frozen<Secret> | undefined> {
    return this.#options.objects.use<Secret>(pod.uid, SECRETS, { namespace: pod.namespace, name });
  }
}

/** What changes with objects of the API. */
function isFromApi({ configMap, secret, downwardAPI, projected }: VolumeValue): boolean {
  return Boolean(configMap ?? secret ?? downwardAPI ?? projected);
}

/** What must not reach a disk. */
function isSecret({ secret, projected }: VolumeValue): boolean {
  if (secret) return true;
  return (projected?.sources ?? []).some((source) => source.secret ?? source.serviceAccountToken);
}

/** The user that all containers of a pod run as, if it is said. */
function commonUser(pod: PodModel): number | undefined {
  const shared = pod.object.spec?.securityContext?.runAsUser;
  const users = new Set(allContainers(pod).map(({ spec }) => spec.securityContext?.runAsUser ?? shared));
  const [only] = users;
  return users.size === 1 ? only : undefined;
}
