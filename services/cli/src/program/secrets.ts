/** Commands about the keys that protect secrets, and about what they protect. */
import type { Command } from 'commander';
import { stateOf, withState } from './options.ts';

export function addSecretsCommands(program: Command): void {
  const secrets = withState(program.command('secrets')).description(
    'secrets, and the keys that protect them',
  );
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
  withState(secrets.command('shred'))
    .description('delete a Secret, and make all that it ever was unreadable for ever')
    .argument('<namespace/name>')
    .action(async (what: string, _options: unknown, command: Command) => {
      const { shredSecret } = await import('../commands/shred-secret.ts');
      const { incarnations, events } = await shredSecret(stateOf(command), what);
      const times = incarnations === 1 ? '' : ` of ${incarnations} Secrets of that name`;
      console.log(
        `${what} is shredded: ${events} revision${events === 1 ? '' : 's'}${times} can never be read again`,
      );
      console.log('copies of the database from before still hold it: destroy those, too');
    });
}
