import { connect } from 'node:net';
import type { ProbeAnswer } from './ask.ts';
import { dialProblem } from './dial-problem.ts';

/** Good if a connection can be opened. */
export function askTcp(
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const address = `${target.host}:${target.port}`;
  return new Promise((resolve) => {
    const socket = connect({ ...target, signal });
    socket.once('connect', () => {
      socket.destroy();
      resolve({ result: 'success' });
    });
    socket.once('error', (error) => {
      const message = signal.aborted ? `dial tcp ${address}: i/o timeout` : dialProblem(error, address);
      resolve({ result: 'failure', message });
    });
  });
}
