import { join } from 'node:path';
import { silentLogger, systemClock } from '@reckon/service';
import type { Layout } from '../state/layout.ts';
import { ChildrenFile, stopLeftovers } from './children.ts';

/** Ends what still runs of a supervisor that was killed. */
export async function stopUnsupervised(layout: Layout): Promise<void> {
  const children = new ChildrenFile(join(layout.runDir, 'children.json')).read();
  await stopLeftovers(children, systemClock, silentLogger);
}
