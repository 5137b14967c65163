/** Commands that make a cluster and look at it. */
import type { Command } from 'commander';
import { count, portNumber, portRange, stateOf, withState } from './options.ts';

/** What a cluster can be asked to be. */
function withUpOptions(command: Command): Command {
  return withState(command)
    .option('--nodes <n>', 'nodes that run containers (default: 1)', count)
    .option(
      '--hollow <n>',
      'nodes that only pretend, for trying and for scale; need neither root nor Linux',
      count,
    )
    .option('--port <port>', 'of the Kubernetes API (default: 6443)', portNumber)
    .option('--grpc-port <port>', 'of the gRPC API (default: 6444)', portNumber)
    .option('--agent-port <port>', 'of the node agents (default: 10250)', portNumber)
    .option('--node-port-range <first-last>', 'ports of NodePort Services (default: 30000-32767)', portRange)
    .option('--pod-cidr <cidr>', 'addresses of pods (default: 10.244.0.0/16, or the next that is free)')
    .option('--service-cidr <cidr>', 'addresses of Services (default: 10.96.0.0/16, likewise)')
    .option('--retention <ages>', 'how long history is kept: 30d, or 30d,events=1h, or forever (the default)')
    .option('--retention-size <size>', 'how much of it at most, about: 10GB, or unlimited (the default)')
    .option('--authentication <file>', 'static tokens and an OpenID Connect provider to believe; or none')
    .option('--secrets-kms <socket>', 'a KMS v2 plugin that wraps the keys of secrets: unix:///run/kms.sock')
    .option(
      '--shutdown-delay <seconds>',
      'how long the API server serves on once told to stop, for load balancers to notice (default: 0)',
      count,
    )
    .option('--database-url <url>', 'a Postgres of your own')
    .option('--nats-url <url>', 'a NATS of your own');
}

export function addClusterCommands(program: Command): void {
  withUpOptions(program.command('up'))
    .description('make the cluster run: create it, start it, or go on with it')
    .action(async (options, command: Command) => {
      const { up, announce } = await import('../commands/up.ts');
      console.log(announce(await up(stateOf(command), options)));
    });

  withState(program.command('down'))
    .description('stop everything; the state stays')
    .option('--purge', 'remove the state, too')
    .option('--grace <seconds>', 'time that containers get to end by themselves', count, 5)
    .action(async (options, command: Command) => {
      const { down } = await import('../commands/down.ts');
      await down(stateOf(command), { purge: options.purge, graceSeconds: options.grace });
    });

  withState(program.command('status'))
    .description('what runs, and where')
    .option('-o, --output <format>', 'table or json', 'table')
    .action(async (options, command: Command) => {
      const { status, statusText } = await import('../commands/status.ts');
      const result = await status(stateOf(command));
      console.log(options.output === 'json' ? JSON.stringify(result, null, 2) : statusText(result));
      if (!result.running) process.exitCode = 1;
    });

  program
    .command('kubectl')
    .description('kubectl, as administrator of the cluster')
    .argument('[args...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[], _options, command: Command) => {
      const { kubectl } = await import('../commands/kubectl.ts');
      process.exitCode = await kubectl(stateOf(command), args);
    });

  withUpOptions(program.command('demo'))
    .description('see it work: an application, its failures, its updates, and the log of it all')
    .action(async (options, command: Command) => {
      const { demo } = await import('../commands/demo.ts');
      await demo(stateOf(command), options);
    });
}
