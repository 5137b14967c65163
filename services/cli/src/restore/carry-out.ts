/** A plan that somebody has agreed to is held on to while the cluster moves under it. */
import { ApiError } from '@reckon/api';

export interface CarryOut<Made, Written> {
  /** Plans again against the present. */
  prepare(): Promise<Made>;
  /** Throws Conflict or AlreadyExists if what the plan saw is there no longer. */
  write(made: Made): Promise<Written>;
  /** The same for whoever agreed: all that may differ is against which revisions it is planned. */
  isSame(made: Made, other: Made): boolean;
}

export type Outcome<Made, Written> =
  | { readonly done: Written; readonly made: Made }
  /** Not written: it is another plan now. */
  | { readonly changed: Made };

/** Controllers write status all the time, of things in trouble most of all: this many overtakings are borne. */
const MAX_ATTEMPTS = 20;

/** Plans again as often as it is overtaken by a write that does not matter to the plan. */
export async function carryOut<Made, Written>(
  agreed: Made,
  { prepare, write, isSame }: CarryOut<Made, Written>,
): Promise<Outcome<Made, Written>> {
  let made = agreed;
  for (let attempts = 1; ; attempts++) {
    try {
      return { done: await write(made), made };
    } catch (error) {
      if (!isOvertaken(error) || attempts === MAX_ATTEMPTS) throw error;
    }
    made = await prepare();
    if (!isSame(made, agreed)) return { changed: made };
  }
}

function isOvertaken(error: unknown): boolean {
  return error instanceof ApiError && (error.reason === 'Conflict' || error.reason === 'AlreadyExists');
}
