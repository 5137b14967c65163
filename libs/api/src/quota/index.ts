export {
  type Amounts,
  addAmounts,
  amountsOf,
  amountsToJson,
  describeAmounts,
  NONE,
  onlyOf,
  subtractAmounts,
  withoutZeros,
} from './amounts.ts';
export { podResources, type ResourceSide, resourcesOf } from './pod-resources.ts';
export { quotaCovers } from './scopes.ts';
export { countName, usageOf } from './usage.ts';
