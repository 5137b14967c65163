import { systemClock } from '@reckon/service';

/** One durable compare-and-swap: writes the object of this client and resolves with its new revision. */
export interface Contender {
  readonly name: string;
  /** `rev` 0: the object does not exist yet. */
  write(object: string, rev: number): Promise<number>;
  close(): Promise<void>;
}

export interface Figures {
  readonly clients: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const WARM_UP_MS = 1000;

/** So many clients, each of which waits for its answer before it writes its own object again. */
export async function measure(contender: Contender, clients: number, durationMs: number): Promise<Figures> {
  const latenciesMs: number[] = [];
  const startMs = systemClock.monotonicMs() + WARM_UP_MS;
  const endMs = startMs + durationMs;
  await Promise.all(
    Array.from({ length: clients }, async (_, i) => {
      const object = `object-${clients}-${i}`;
      let rev = 0;
      for (let nowMs = systemClock.monotonicMs(); nowMs < endMs; ) {
        const sentMs = nowMs;
        rev = await contender.write(object, rev);
        nowMs = systemClock.monotonicMs();
        if (sentMs >= startMs) latenciesMs.push(nowMs - sentMs);
      }
    }),
  );
  const tookMs = systemClock.monotonicMs() - startMs;
  latenciesMs.sort((a, b) => a - b);
  const quantile = (q: number) => latenciesMs[Math.floor(latenciesMs.length * q)] ?? Number.NaN;
  return {
    clients,
    perSecond: (latenciesMs.length * 1000) / tookMs,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}

/** A pod-like object of about 2 KB: as compressible as real ones are, no more. */
export function sampleObject(name: string): Buffer {
  const env = Array.from({ length: 18 }, (_, i) => ({ name: `SETTING_${i}`, value: scramble(name, i) }));
  const container = { name: 'app', image: `shop/${name}:1.4.2`, ports: [{ containerPort: 8080 }], env };
  const labels = { app: name, 'pod-template-hash': scramble(name, 99).slice(0, 10) };
  const metadata = { name, namespace: 'default', uid: scramble(name, 100).slice(0, 36), labels };
  return Buffer.from(
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [container] } }),
  );
}

/** 64 characters that look random and are always the same. */
function scramble(text: string, salt: number): string {
  let state = salt + 1;
  let out = '';
  for (let i = 0; i < 64; i++) {
    state = (Math.imul(state ^ (text.charCodeAt(i % text.length) + i), 0x01000193) ^ (state >>> 7)) >>> 0;
    out += (state % 36).toString(36);
  }
  return out;
}
