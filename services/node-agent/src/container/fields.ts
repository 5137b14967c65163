import { ApiError, parseQuantity, quantityMilliValue, quantityValue } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type {
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '@reckon/proto/reckon/api/core/v1/selector.ts';
import { allContainers, type PodModel } from '../pod/model.ts';

/** What of the pod is known only on its node. */
export interface PodFacts {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
}

const KEYED = /^metadata\.(labels|annotations)\['(.*)'\]$/;

/** The value of a field of the pod (Kubernetes: "Downward API"). Throws if there is no such field. */
export function podField(pod: PodModel, selector: Frozen<ObjectFieldSelector>, facts: PodFacts): string {
  const path = selector.fieldPath ?? '';
  const { metadata, spec } = pod.object;
  const keyed = KEYED.exec(path);
  if (keyed) {
    const values = keyed[1] === 'labels' ? metadata.labels : metadata.annotations;
    return values?.[keyed[2] ?? ''] ?? '';
  }
  switch (path) {
    case 'metadata.name':
      return pod.name;
    case 'metadata.namespace':
      return pod.namespace;
    case 'metadata.uid':
      return pod.uid;
    case 'metadata.labels':
      return formatMap(metadata.labels ?? {});
    case 'metadata.annotations':
      return formatMap(metadata.annotations ?? {});
    case 'spec.nodeName':
      return spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? '';
    case 'spec.restartPolicy':
      return pod.restartPolicy;
    case 'status.hostIP':
      return facts.hostIps[0] ?? '';
    case 'status.hostIPs':
      return facts.hostIps.join(',');
    case 'status.podIP':
      return facts.podIps[0] ?? '';
    case 'status.podIPs':
      return facts.podIps.join(',');
    default:
      throw new ApiError('BadRequest', `unsupported fieldPath: ${path}`);
  }
}

/** One `key="value"` a line, by key; the value as a Go string literal. */
function formatMap(map: Readonly<Record<string, string>>): string {
  const keys = Object.keys(map).sort();
  return keys.map((key) => `${key}=${JSON.stringify(map[key])}`).join('\n');
}

/**
 * A container's request or limit in units of the divisor, rounded up. Without a limit it is what the node can give.
 */
export function resourceField(
  pod: PodModel,
  selector: Frozen<ResourceFieldSelector>,
  known: { readonly containerName: string; readonly allocatable: Readonly<Record<string, string>> },
): string {
  const name = selector.containerName || known.containerName;
  const container = allContainers(pod).find((each) => each.name === name);
  if (!container) throw new ApiError('BadRequest', `container ${name} not found`);
  const [kind, resource = ''] = splitOnce(selector.resource ?? '', '.');
  if (kind !== 'limits' && kind !== 'requests')
    throw new ApiError('BadRequest', `unsupported container resource : ${selector.resource}`);
  const resources = container.spec.resources;
  const limit = resources?.limits?.[resource];
  const value =
    kind === 'limits' ? (limit ?? known.allocatable[resource]) : (resources?.requests?.[resource] ?? limit);
  const quantity = parseQuantity(value ?? '0');
  const divisor = parseQuantity(selector.divisor && selector.divisor !== '0' ? selector.divisor : '1');
  if (resource === 'cpu')
    return String(Math.ceil(quantityMilliValue(quantity) / quantityMilliValue(divisor)));
  return String(Math.ceil(quantityValue(quantity) / quantityValue(divisor)));
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
