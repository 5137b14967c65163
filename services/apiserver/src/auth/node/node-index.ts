/** Which node runs which pods, and what those pods name: what a node agent may know. */
import { isArray, isObject, type ObjectKey } from '@reckon/api';
import type { KubeObject } from '../../verbs/types.ts';

/** A pod as the cache has it; its value is parsed only when somebody asks for what it names. */
export interface PodEntry {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly selectable: { readonly nodeName: string | undefined };
  readonly value: KubeObject;
}

interface Bound {
  readonly entry: PodEntry;
  references: ReadonlySet<string> | undefined;
}

/** `configmaps`, `secrets`, `serviceaccounts`, `persistentvolumeclaims`. */
export type Referable = 'configmaps' | 'secrets' | 'serviceaccounts' | 'persistentvolumeclaims';

export class NodeIndex {
  readonly #byNode = new Map<string, Map<string, Bound>>();

  put(entry: PodEntry, previous: PodEntry | undefined): void {
    const { nodeName } = entry.selectable;
    if (previous && previous.selectable.nodeName !== nodeName) this.remove(previous);
    if (!nodeName) return;
    let pods = this.#byNode.get(nodeName);
    if (!pods) {
      pods = new Map();
      this.#byNode.set(nodeName, pods);
    }
    pods.set(pathOf(entry.key), { entry, references: undefined });
  }

  remove({ key, selectable: { nodeName } }: PodEntry): void {
    const pods = nodeName ? this.#byNode.get(nodeName) : undefined;
    if (!nodeName || !pods?.delete(pathOf(key))) return;
    if (pods.size === 0) this.#byNode.delete(nodeName);
  }

  clear(): void {
    this.#byNode.clear();
  }

  /** True if that pod is bound to the node. */
  runs(node: string, namespace: string, name: string): boolean {
    return this.#byNode.get(node)?.has(pathOf({ namespace, name })) === true;
  }

  /** True if a pod of the node names the object. */
  uses(node: string, resource: Referable, namespace: string, name: string): boolean {
    const wanted = `${resource} ${name}`;
    for (const bound of this.#byNode.get(node)?.values() ?? []) {
      if (bound.entry.key.namespace !== namespace) continue;
      bound.references ??= referencesOf(bound.entry.value);
      if (bound.references.has(wanted)) return true;
    }
    return false;
  }
}

function pathOf({ namespace, name }: Pick<ObjectKey, 'namespace' | 'name'>): string {
  return `${namespace} ${name}`;
}

/** `secrets NAME`, `configmaps NAME`…: everything of its namespace that a pod names. */
export function referencesOf(pod: KubeObject): ReadonlySet<string> {
  const found = new Set<string>();
  const spec = isObject(pod.spec) ? pod.spec : {};
  const add = (resource: Referable, name: unknown) => {
    if (typeof name === 'string' && name !== '') found.add(`${resource} ${name}`);
  };
  add('serviceaccounts', spec.serviceAccountName);
  for (const { name } of objects(spec.imagePullSecrets)) add('secrets', name);
  for (const list of [spec.initContainers, spec.containers, spec.ephemeralContainers])
    for (const container of objects(list)) ofContainer(container, add);
  for (const volume of objects(spec.volumes)) ofVolume(volume, String(pod.metadata.name), add);
  return found;
}

type Add = (resource: Referable, name: unknown) => void;
type Fields = Readonly<Record<string, unknown>>;

function ofContainer(container: Fields, add: Add): void {
  for (const { valueFrom } of objects(container.env)) {
    const from = fields(valueFrom);
    add('secrets', fields(from.secretKeyRef).name);
    add('configmaps', fields(from.configMapKeyRef).name);
  }
  for (const { secretRef, configMapRef } of objects(container.envFrom)) {
    add('secrets', fields(secretRef).name);
    add('configmaps', fields(configMapRef).name);
  }
}

/** Volume sources that name a secret in a field of their own. */
const SECRET_FIELDS = ['secretRef', 'nodePublishSecretRef'] as const;

function ofVolume(volume: Fields, podName: string, add: Add): void {
  add('secrets', fields(volume.secret).secretName);
  add('configmaps', fields(volume.configMap).name);
  add('persistentvolumeclaims', fields(volume.persistentVolumeClaim).claimName);
  if (volume.ephemeral !== undefined) add('persistentvolumeclaims', `${podName}-${String(volume.name)}`);
  add('secrets', fields(volume.azureFile).secretName);
  for (const source of Object.values(volume))
    for (const field of SECRET_FIELDS) add('secrets', fields(fields(source)[field]).name);
  for (const { secret, configMap } of objects(fields(volume.projected).sources)) {
    add('secrets', fields(secret).name);
    add('configmaps', fields(configMap).name);
  }
}

function objects(value: unknown): readonly Fields[] {
  return isArray(value) ? value.filter(isObject) : [];
}

function fields(value: unknown): Fields {
  return isObject(value) ? value : {};
}
