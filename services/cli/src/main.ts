/** The command line: each command's own file is loaded only when it runs, so that the others cost nothing. */
import { styleText } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import { CliError } from './errors.ts';
import { stateDirFrom } from './state/layout.ts';

const program = new Command('reckon')
  .description('Container orchestration that speaks the Kubernetes API and forgets nothing.')
  .option('--state <dir>', 'state directory of the cluster (default: /var/lib/reckon, or RECKON_STATE)')
  .enablePositionalOptions()
  .showHelpAfterError('(see: ./reckon help)');

/** `--state` is understood before and after the command. */
function stateOf(command: Command): string {
  const { state } = command.optsWithGlobals<{ state?: string }>();
  return stateDirFrom(state, process.env);
}

function withState(command: Command): Command {
  return command.option('--state <dir>', 'state directory of the cluster');
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('it must be a whole number.');
  return Number(text);
}

function portNumber(text: string): number {
  const value = count(text);
  if (value < 1 || value > 65_535) throw new InvalidArgumentError('it must be a port from 1 to 65535.');
  return value;
}

function portRange(text: string): { first: number; last: number } {
  const [first, last] = text.split('-').map(portNumber);
  if (first === undefined || last === undefined || last < first)
    throw new InvalidArgumentError('it must be like 30000-32767.');
  return { first, last };
}

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
    .option('--database-url <url>', 'a Postgres of your own')
    .option('--nats-url <url>', 'a NATS of your own');
}

withUpOptions(program.command('up'))
  .description('make the cluster run: create it, start it, or go on with it')
  .action(async (options, command: Command) => {
    const { up, announce } = await import('./commands/up.ts');
    console.log(announce(await up(stateOf(command), options)));
  });

withState(program.command('down'))
  .description('stop everything; the state stays')
  .option('--purge', 'remove the state, too')
  .option('--grace <seconds>', 'time that containers get to end by themselves', count, 5)
  .action(async (options, command: Command) => {
    const { down } = await import('./commands/down.ts');
    await down(stateOf(command), { purge: options.purge, graceSeconds: options.grace });
  });

withState(program.command('status'))
  .description('what runs, and where')
  .option('-o, --output <format>', 'table or json', 'table')
  .action(async (options, command: Command) => {
    const { status, statusText } = await import('./commands/status.ts');
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
    const { kubectl } = await import('./commands/kubectl.ts');
    process.exitCode = await kubectl(stateOf(command), args);
  });

const image = program.command('image').description('images without a registry');
withState(image.command('load'))
  .description('load an archive (docker save, or OCI) into the nodes of this machine')
  .argument('<file>')
  .action(async (file: string, _options, command: Command) => {
    const { loadImage } = await import('./commands/image.ts');
    await loadImage(stateOf(command), file);
  });

withState(image.command('build'))
  .description('build an archive of spring-server or busybox from what this machine has')
  .argument('<name>')
  .option('--to <dir>', 'where the archives go', '.')
  .option('--load', 'into the nodes of this machine')
  .action(async (name: string, options, command: Command) => {
    const { buildAndLoad, buildImages } = await import('./commands/image.ts');
    if (options.load) await buildAndLoad(stateOf(command), name);
    else await buildImages(name, options.to);
  });

withState(program.command('log'))
  .description('what happened: every change to every object, who made it and why')
  .argument('[of]', 'a resource or an object: pods, deployments.apps/web')
  .option('-f, --follow', 'go on with what comes')
  .option('-n, --namespace <name>', 'only in this namespace')
  .option('--tail <n>', 'only the last so many revisions', count)
  .option('--after <revision>', 'only what came after this revision', count)
  .option('--leases', 'also heartbeats')
  .option('-o, --output <format>', 'text or json', 'text')
  .action(async (of: string | undefined, options, command: Command) => {
    const { log } = await import('./commands/log.ts');
    const abort = new AbortController();
    process.once('SIGINT', () => abort.abort());
    await log(stateOf(command), { ...options, of }, abort.signal);
  });

withUpOptions(program.command('demo'))
  .description('see it work: an application, its failures, its updates, and the log of it all')
  .action(async (options, command: Command) => {
    const { demo } = await import('./commands/demo.ts');
    await demo(stateOf(command), options);
  });

program
  .command('check')
  .description('format, lint, types and the rules of the house')
  .action(async () => {
    const { check } = await import('./commands/check.ts');
    process.exitCode = (await check()).failed === 0 ? 0 : 1;
  });

program
  .command('test')
  .description('run the tests: unit, integration, e2e (all three by default) or chaos')
  .argument('[group]')
  .argument('[only...]', 'parts of file names')
  .action(async (group: string | undefined, only: string[]) => {
    const { test } = await import('./commands/test.ts');
    process.exitCode = (await test(group, only)).failed === 0 ? 0 : 1;
  });

program
  .command('bench')
  .description('measure, beside the targets')
  .argument('[name]')
  .argument('[args...]')
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (name: string | undefined, args: string[]) => {
    const { bench } = await import('./commands/bench.ts');
    process.exitCode = await bench(name, args);
  });

try {
  await program.parseAsync();
} catch (error) {
  const mark = styleText('red', 'error:', { stream: process.stderr });
  if (error instanceof CliError) {
    process.stderr.write(`${mark} ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`  → ${error.hint}\n`);
  } else {
    process.stderr.write(
      `${mark} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  }
  process.exitCode = 1;
}
