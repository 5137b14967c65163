import { testFollowing } from './following.ts';
import type { ContractOptions } from './harness.ts';
import { testOrder } from './order.ts';
import { testState } from './state.ts';

/** What every `Store` must do. */
export function testStoreContract(options: ContractOptions): void {
  testOrder(options);
  testState(options);
  testFollowing(options);
}
