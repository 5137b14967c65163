/**
 * The process that `up` leaves behind: `main.ts STATE_DIR`. It starts the components of `config/supervisor.json`,
 * starts again what ends, and answers on `run/supervisor.sock`. It never touches what it did not start.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stderrLogger, systemClock } from '@reckon/service';
import { identify } from '../host/processes.ts';
import { writeFileAtomically } from '../state/files.ts';
import { layoutOf } from '../state/layout.ts';
import { ChildrenFile, stopLeftovers } from './children.ts';
import { ControlServer } from './control.ts';
import { rotateIfLarge } from './rotate.ts';
import { Supervisor } from './supervisor.ts';
import type { Plan, SupervisorStatus } from './types.ts';

const ROTATE_EVERY_MS = 60_000;

const [stateDir] = process.argv.slice(2);
if (stateDir === undefined) throw new Error('usage: main.ts STATE_DIR');
const layout = layoutOf(stateDir);
const log = stderrLogger('info').with({ service: 'supervisor' });
const source = readFileSync(layout.config('supervisor'), 'utf8');
const plan: Plan = JSON.parse(source);
const planHash = createHash('sha256').update(source).digest('hex');
const self = identify(process.pid);
if (!self) throw new Error('cannot see the start time of this process');

const children = new ChildrenFile(join(layout.runDir, 'children.json'));
await stopLeftovers(children.read(), systemClock, log);

let stopping = false;
const status = (): SupervisorStatus => ({
  clusterId: plan.clusterId,
  process: self,
  planHash,
  stopping,
  components: supervisor.statuses,
});
const supervisor: Supervisor = new Supervisor({
  components: plan.components,
  clock: systemClock,
  log,
  onChange() {
    children.write(supervisor.statuses);
    control.changed();
  },
});
const control = new ControlServer({
  socketPath: layout.supervisorSocket,
  status,
  async stop(names) {
    await supervisor.stop(names);
  },
  shutdown,
});

process.on('SIGTERM', () => void shutdown());
process.on('SIGINT', () => void shutdown());
// The terminal that it was started from may go.
process.on('SIGHUP', () => {});

await control.start();
writeFileAtomically(layout.supervisorFile, JSON.stringify(self));
const stopRotating = systemClock.every(ROTATE_EVERY_MS, rotate);
rotate();
log.info('starting', { pid: process.pid, components: plan.components.map(({ name }) => name) });
supervisor.start();

async function shutdown(): Promise<void> {
  stopping = true;
  stopRotating();
  await supervisor.stop();
  log.info('stopped');
  control.close();
  rmSync(layout.supervisorFile, { force: true });
  // The answer to whoever asked is still on its way out; nothing else keeps the process.
  process.exitCode = 0;
}

function rotate(): void {
  for (const { logFile } of plan.components) rotateIfLarge(logFile);
  rotateIfLarge(layout.log('supervisor'));
}
