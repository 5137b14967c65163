/** Commands about the key that signs ServiceAccount tokens. */
import type { Command } from 'commander';
import { stateOf, withState } from './options.ts';

export function addTokensCommands(program: Command): void {
  const tokens = withState(program.command('tokens')).description('the key that signs ServiceAccount tokens');
  withState(tokens.command('rotate'))
    .description('a new signing key, while the cluster runs; earlier tokens stay good until they expire')
    .option('--drop', 'refuse tokens of earlier keys from now on; pods get new ones before long')
    .action(async (options: { readonly drop?: boolean }, command: Command) => {
      const { rotateTokens } = await import('../commands/tokens.ts');
      const { keyId, kept } = rotateTokens(stateOf(command), { drop: options.drop === true });
      console.log(`key ${keyId} signs ServiceAccount tokens now`);
      if (kept === 0) console.log('tokens of earlier keys are refused');
      else console.log(`tokens of ${kept} earlier ${kept === 1 ? 'key' : 'keys'} are good until they expire`);
    });
}
