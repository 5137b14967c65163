import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@reckon/api';
import { carryOut } from './carry-out.ts';

interface Made {
  readonly does: string;
  readonly sawRevision: number;
}

/** A cluster in which others write `overtakings` times, each before we do. */
function world({
  overtakings,
  reason,
  becomes = 'a',
}: {
  overtakings: number;
  reason?: 'Conflict' | 'Invalid';
  becomes?: string;
}) {
  let revision = 1 + (overtakings > 0 ? 1 : 0);
  let left = overtakings;
  return {
    prepare: async (): Promise<Made> => ({ does: becomes, sawRevision: revision }),
    write: async ({ sawRevision }: Made) => {
      if (reason === 'Invalid') throw new ApiError('Invalid', 'it cannot be');
      if (sawRevision !== revision) throw new ApiError('Conflict', 'somebody was faster');
      if (--left > 0) {
        revision++;
        throw new ApiError('Conflict', 'somebody was faster');
      }
      return revision + 1;
    },
    isSame: (one: Made, other: Made) => one.does === other.does,
  };
}

const agreed = { does: 'a', sawRevision: 1 };

test('a plan that is overtaken is made again, and carried out if it is still the one that was agreed to', async () => {
  assert.deepEqual(await carryOut(agreed, world({ overtakings: 0 })), { done: 2, made: agreed });
  const overtaken = await carryOut(agreed, world({ overtakings: 4 }));
  assert.ok('done' in overtaken);
  assert.ok(overtaken.made.sawRevision > 1);
});

test('a plan that has become another one is not carried out', async () => {
  assert.deepEqual(await carryOut(agreed, world({ overtakings: 1, becomes: 'b' })), {
    changed: { does: 'b', sawRevision: 2 },
  });
});

test('what is refused for another reason, or overtaken for ever, is told', async () => {
  await assert.rejects(carryOut(agreed, world({ overtakings: 0, reason: 'Invalid' })), { reason: 'Invalid' });
  await assert.rejects(carryOut(agreed, world({ overtakings: 1_000 })), { reason: 'Conflict' });
});
