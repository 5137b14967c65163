/**
 * What authentication, authorization and admission add to a create over HTTPS, Postgres and NATS running: the same
 * server answers turn by turn with them and without. Each round of turns gives one ratio; shown are their median and
 * quartiles, since the machine's own moods are larger than what is measured.
 *
 * The figure is the price of asking: without it, the same objects are written. That a pod has grown by what admission
 * fills in (tolerations, limits, the volume with its token) has a price of its own, which is shown beside it.
 */
import { Connection } from '../api/connection.ts';
import { load, ms, quantile, report, round } from '../api/measure.ts';
import { type RunningServer, startServer } from '../api/process.ts';
import { bindingRequest, makeClient } from './client.ts';
import type { Mode } from './mode.ts';
import { type Turn, Turns } from './turns.ts';

const MODES: readonly Mode[] = ['asks', 'told', 'bare'];
/** Many short turns rather than few long ones: so the machine's moods fall on all of them alike. */
const ROUNDS = 60;
const BINDINGS = 10_000;
const CLIENTS = 64;
const CREATES_OF_ONE = 40;
const CREATES_OF_ALL = 320;
const WARM_UP = 2_000;

/** Prints the figures. */
export async function addedToCreates(): Promise<void> {
  const server = await startServer('../access/server.ts');
  const admin = await Connection.open(server.access);
  const token = await makeClient(server.access, admin);
  admin.close();
  // Who has no certificate speaks by a token, which costs more.
  const access = { ...server.access, certificate: '', privateKey: '' };
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => Connection.open(access)));
  const turns = new Turns(server, token);
  for (const mode of MODES) await turns.take(mode, clients, WARM_UP);
  await compare(turns, clients, 'few bindings');
  await bind(server);
  await compare(turns, clients, `${round(BINDINGS)} bindings`);
  for (const client of clients) client.close();
  await server.stop();
}

/** To users that are somebody else, in the namespace where the pods are made. */
async function bind(server: RunningServer): Promise<void> {
  const admins = await Promise.all(Array.from({ length: 16 }, () => Connection.open(server.access)));
  await load(admins, { count: BINDINGS }, (admin, i) =>
    admin.send(
      bindingRequest(`b-${i}`, { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `user-${i}` }),
    ),
  );
  for (const admin of admins) admin.close();
}

async function compare(turns: Turns, all: readonly Connection[], bindings: string): Promise<void> {
  show(`1 client, ${bindings}`, await rounds(turns, all.slice(0, 1), CREATES_OF_ONE));
  show(`${all.length} clients, ${bindings}`, await rounds(turns, all, CREATES_OF_ALL));
}

type Round = Readonly<Record<Mode, Turn>>;

async function rounds(
  turns: Turns,
  clients: readonly Connection[],
  creates: number,
): Promise<readonly Round[]> {
  const all: Round[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const round: Record<Mode, Turn> = { asks: NONE, told: NONE, bare: NONE };
    // Whoever comes later may find another machine: the order changes.
    const at = i % MODES.length;
    for (const mode of [...MODES.slice(at), ...MODES.slice(0, at)])
      round[mode] = await turns.take(mode, clients, creates);
    all.push(round);
  }
  return all;
}

const NONE: Turn = { p50Ms: 0, cpuUs: 0 };

function show(what: string, all: readonly Round[]): void {
  const figure = (mode: Mode, of: (turn: Turn) => number) =>
    quantile(
      all.map((round) => of(round[mode])),
      0.5,
    );
  const p50 = (mode: Mode) => ms(figure(mode, latency));
  const cpu = (mode: Mode) => round(figure(mode, processor));
  report(`a create, ${what}, p50`, `${p50('asks')} / ${p50('told')}`, 'with / without asking');
  report('  processor time of the API server', `${cpu('asks')} / ${cpu('told')} µs`, '');
  report('  latency added by asking', spread(all, latency, ['asks', 'told']), '<= 10 %');
  report('  processor time added by asking', spread(all, processor, ['asks', 'told']), '<= 10 %');
  report('  latency added by what admission fills in', spread(all, latency, ['told', 'bare']), '');
}

const latency = ({ p50Ms }: Turn) => p50Ms;
const processor = ({ cpuUs }: Turn) => cpuUs;

/** Of a figure in each round: the median, and half of the rounds. */
function spread(
  all: readonly Round[],
  of: (turn: Turn) => number,
  [more, less]: readonly [Mode, Mode],
): string {
  const added = all.map((round) => 100 * (of(round[more]) / of(round[less]) - 1));
  const at = (part: number) => quantile(added, part).toFixed(1);
  return `${at(0.5)} % (${at(0.25)} to ${at(0.75)})`;
}
