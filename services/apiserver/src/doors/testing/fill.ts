import { DoorContext } from '../context.ts';
import { IN_FLIGHT_LIMITS, type InFlight } from '../in-flight.ts';

/** Takes all the places that a user can have for reads, and fills his queue. @returns what ends it all. */
export function fillWithReads(inFlight: InFlight, user: string): () => Promise<void> {
  const source = { gone: false, onGone() {} };
  const { places, queueLimit } = IN_FLIGHT_LIMITS;
  const gate = Promise.withResolvers<void>();
  const all = Array.from({ length: places.people / 2 + queueLimit }, () => {
    const fields = { user: { name: user, groups: [] }, requestId: 'r', userAgent: '' };
    const context = new DoorContext(source, fields);
    return inFlight.run({ context, kind: 'read', expired() {} }, () => gate.promise);
  });
  return async () => {
    gate.resolve();
    await Promise.all(all);
  };
}
