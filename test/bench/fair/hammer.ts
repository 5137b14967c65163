/**
 * The one who starves the others, in a process of his own: creates, lists of everything, and watches that never read,
 * all at once and again at once when refused. Each line of the input is a door to go through, or `stop`; the answer to
 * that is what came of it.
 */
import { createInterface } from 'node:readline';
import type { ServedAccess } from '../api/serve.ts';
import { GrpcHammer } from './grpc-hammer.ts';
import { RestHammer } from './rest-hammer.ts';
import type { Hammer } from './tally.ts';

const [given] = process.argv.slice(2);
if (given === undefined) throw new Error('how to reach the server is the one argument');
const access: ServedAccess = JSON.parse(given);
console.log('{}');

let hammer: Hammer | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'stop') {
    console.log(JSON.stringify(await hammer?.stop()));
    hammer = undefined;
    continue;
  }
  hammer = line === 'grpc' ? new GrpcHammer(access) : await RestHammer.open(access);
  hammer.start();
  console.log(line);
}
process.exit(0);
