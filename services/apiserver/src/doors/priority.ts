import { isOwnService } from '../auth/authenticator.ts';
import { ALL_POWERFUL } from '../auth/authorizer.ts';
import type { User } from '../verbs/types.ts';

/**
 * What is served apart from what else there is (KEP-1040: priority levels). `exempt` is never kept waiting: whoever
 * repairs a cluster. `system` keeps it running: node agents, the services, and what runs in kube-system (their
 * heartbeats and elections of leaders among it). `people` are all others, programs too.
 */
export type Level = 'exempt' | 'system' | 'people';

const SYSTEM_ACCOUNTS = 'system:serviceaccount:kube-system:';

export function levelOf(user: User): Level {
  if (user.groups.includes(ALL_POWERFUL)) return 'exempt';
  return isOwnService(user) || user.name.startsWith(SYSTEM_ACCOUNTS) ? 'system' : 'people';
}
