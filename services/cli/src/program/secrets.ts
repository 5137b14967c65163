/** Commands about the keys that protect secrets. */
import type { Command } from 'commander';
import { stateOf, withState } from './options.ts';

export function addSecretsCommands(program: Command): void {
  const secrets = withState(program.command('secrets')).description('the keys that protect secrets');
  withState(secrets.command('rotate'))
    .description('a new wrapping key and a new data key, while the cluster runs')
    .option('--shred', 'destroy the old wrapping keys: earlier copies of the database stay closed for ever')
    .action(async (options: { readonly shred?: boolean }, command: Command) => {
      const { rotateSecrets } = await import('../commands/secrets.ts');
      const shred = options.shred === true;
      const { keyId, rewrapped } = await rotateSecrets(stateOf(command), { shred });
      const many = rewrapped === 1 ? 'data key is' : 'data keys are';
      console.log(`wrapping key ${keyId} is in use; ${rewrapped} older ${many} wrapped by it now`);
      if (shred) console.log('the old wrapping keys are destroyed');
    });
}
