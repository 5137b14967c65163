import type { NamespaceOption } from '@reckon/proto/runtime/v1/api.ts';
import type { PodModel } from '../../pod/model.ts';
import type { Action } from '../../pod/types.ts';
import { containerSecurity } from '../security.ts';

/** The namespaces that the container of a planned start gets. */
export function namespaceOptionsOf(
  pod: PodModel,
  start: Extract<Action, { do: 'startContainer' }> | undefined,
): NamespaceOption | undefined {
  return start && containerSecurity({ pod, ...start }).namespaceOptions;
}
