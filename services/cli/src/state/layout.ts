import { isAbsolute, join, resolve } from 'node:path';

/** Everything a cluster writes is below one directory; this is what is where. */
export interface Layout {
  readonly root: string;
  /** `ClusterSettings` */
  readonly clusterFile: string;
  /** For kubectl, as administrator. */
  readonly kubeconfig: string;
  readonly pkiDir: string;
  readonly configDir: string;
  readonly logsDir: string;
  /** Sockets and process ids; what is here need not survive a reboot. */
  readonly runDir: string;
  readonly postgresDir: string;
  readonly natsDir: string;
  readonly nodesDir: string;
  readonly imagesDir: string;
  readonly supervisorFile: string;
  readonly supervisorSocket: string;
  config(component: string): string;
  log(component: string): string;
  healthSocket(component: string): string;
  /** Of the node with this index, counted from 1. */
  node(index: number): NodeLayout;
}

export interface NodeLayout {
  readonly stateDir: string;
  readonly containerdRoot: string;
  readonly containerdState: string;
  readonly containerdSocket: string;
  readonly cniConfigDir: string;
}

export const DEFAULT_STATE_DIR = '/var/lib/reckon';

/** The state directory: `--state`, or `RECKON_STATE`, or the default. Absolute. */
export function stateDirFrom(option: string | undefined, env: NodeJS.ProcessEnv): string {
  const chosen = option ?? env.RECKON_STATE ?? defaultStateDir(env);
  return isAbsolute(chosen) ? resolve(chosen) : resolve(process.cwd(), chosen);
}

export function layoutOf(root: string): Layout {
  const runDir = join(root, 'run');
  const logsDir = join(root, 'logs');
  const configDir = join(root, 'config');
  return {
    root,
    clusterFile: join(root, 'cluster.json'),
    kubeconfig: join(root, 'kubeconfig'),
    pkiDir: join(root, 'pki'),
    configDir,
    logsDir,
    runDir,
    postgresDir: join(root, 'postgres'),
    natsDir: join(root, 'nats'),
    nodesDir: join(root, 'nodes'),
    imagesDir: join(root, 'images'),
    supervisorFile: join(runDir, 'supervisor.json'),
    supervisorSocket: join(runDir, 'supervisor.sock'),
    config: (component) => join(configDir, `${component}.json`),
    log: (component) => join(logsDir, `${component}.log`),
    healthSocket: (component) => join(runDir, `${component}.sock`),
    node(index) {
      const stateDir = join(root, 'nodes', String(index));
      return {
        stateDir,
        containerdRoot: join(stateDir, 'containerd'),
        containerdState: join(runDir, `containerd-${index}`),
        containerdSocket: join(runDir, `containerd-${index}.sock`),
        cniConfigDir: join(stateDir, 'cni'),
      };
    },
  };
}

/** Who is not root has no place in /var/lib. */
function defaultStateDir(env: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return DEFAULT_STATE_DIR;
  const home = env.XDG_STATE_HOME ?? join(env.HOME ?? '.', '.local', 'state');
  return join(home, 'reckon');
}
