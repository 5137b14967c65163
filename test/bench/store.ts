/**
 * Durable compare-and-swap writes of 2 KB objects: our store, and etcd in the same run on the same disk. fsync is on
 * for both. `[SECONDS]` of each measurement, default 5.
 */
import { etcdContender } from './store/etcd.ts';
import { type Figures, measure } from './store/load.ts';
import { reckonContender } from './store/reckon.ts';

const CLIENTS = [1, 64, 1000] as const;

const targets: Readonly<
  Record<number, { readonly text: string; readonly met: (figures: Figures) => boolean }>
> = {
  1: { text: 'p50 ≤ 1.2 ms', met: ({ p50Ms }) => p50Ms <= 1.2 },
  64: { text: '≥ 4,000/s', met: ({ perSecond }) => perSecond >= 4000 },
};

function line(name: string, { clients, perSecond, p50Ms, p99Ms }: Figures, note: string): string {
  const cells = [
    name.padEnd(34),
    `${clients} client${clients === 1 ? '' : 's'}`.padStart(13),
    `${perSecond.toFixed(0)}/s`.padStart(10),
    `p50 ${p50Ms.toFixed(2)} ms`.padStart(14),
    `p99 ${p99Ms.toFixed(2)} ms`.padStart(15),
  ];
  return `${cells.join('')}   ${note}`;
}

const durationMs = Number(process.argv[2] ?? 5) * 1000;
const reckon = await reckonContender();
const etcd = await etcdContender();
try {
  // By turns, so that both meet the machine in the same mood.
  for (const clients of CLIENTS) {
    const ours = await measure(reckon, clients, durationMs);
    const target = targets[clients];
    console.log(
      line(reckon.name, ours, target ? `target ${target.text}: ${target.met(ours) ? 'met' : 'MISSED'}` : ''),
    );
    if (!etcd) continue;
    const theirs = await measure(etcd, clients, durationMs);
    const ratio = ours.perSecond / theirs.perSecond;
    console.log(line(etcd.name, theirs, `Reckon is ${ratio.toFixed(2)} times as fast`));
  }
} finally {
  await etcd?.close();
  await reckon.close();
}
if (!etcd) console.log('etcd is not installed (Debian: etcd-server), so there is nothing to compare with');
