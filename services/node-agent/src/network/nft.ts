import { spawn } from 'node:child_process';
import { ApiError } from '@reckon/api';

/** Runs nftables scripts; each is one kernel transaction: all of it or nothing. */
export interface Nft {
  run(script: string): Promise<string>;
}

/** `command`: normally `['nft']`; tests prefix it to enter a network namespace of theirs. */
export function createNft(command: readonly string[] = ['nft']): Nft {
  return {
    run(script) {
      return new Promise((resolve, reject) => {
        const [program = 'nft', ...args] = [...command, '-f', '-'];
        const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
        const out: Buffer[] = [];
        const err: Buffer[] = [];
        child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
        child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
        child.on('error', (error) => reject(unavailable(`cannot run ${program}: ${error.message}`, error)));
        child.on('close', (code) => {
          if (code === 0) return resolve(Buffer.concat(out).toString());
          reject(unavailable(`nftables refused a change: ${Buffer.concat(err).toString().trim()}`));
        });
        child.stdin.on('error', () => child.kill());
        child.stdin.end(script);
      });
    },
  };
}

function unavailable(message: string, cause?: unknown): ApiError {
  return new ApiError('ServiceUnavailable', message, {}, cause === undefined ? {} : { cause });
}
