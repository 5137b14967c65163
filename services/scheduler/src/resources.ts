import { NAMESPACES, NODES, POD_DISRUPTION_BUDGETS, PODS, type ResourceType } from '@reckon/client';

/** What the scheduler follows. */
export const SCHEDULER_RESOURCES: readonly ResourceType[] = [PODS, NODES, NAMESPACES, POD_DISRUPTION_BUDGETS];
