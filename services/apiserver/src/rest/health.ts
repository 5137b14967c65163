/** /livez, /readyz and /healthz in the form that people and kubelets know (Kubernetes API health endpoints). */
import type { CheckResult } from '@reckon/service';

/** What is asked: `HealthChecks` of libs/service fits. */
export interface HealthProbes {
  live(): Promise<readonly CheckResult[]>;
  /** Those of `live`, and what says whether requests can be served now. */
  ready(): Promise<readonly CheckResult[]>;
}

export interface HealthAnswer {
  readonly status: 200 | 404 | 500;
  readonly text: string;
}

/** What monitoring asks for by the name of Kubernetes' store. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([['etcd', 'postgres']]);

/**
 * All checks, as lines if asked for or if one fails. Anybody may ask this, so that it says which check has failed and
 * not why.
 *
 * @param kind `healthz`, `livez`, `readyz`
 */
export async function health(
  probes: HealthProbes,
  kind: string,
  options: { readonly verbose: boolean; readonly exclude: readonly string[] },
): Promise<HealthAnswer> {
  const results = await resultsOf(probes, kind);
  const unknown = new Set(options.exclude);
  const lines: string[] = [];
  let failed = false;
  for (const { name, problem } of results) {
    const asked = options.exclude.filter((one) => (OTHER_NAMES.get(one) ?? one) === name);
    for (const one of asked) unknown.delete(one);
    if (asked.length > 0) lines.push(`[+]${name} excluded: ok`);
    else lines.push(problem === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
    failed ||= asked.length === 0 && problem !== undefined;
  }
  if (unknown.size > 0) {
    const names = [...unknown].sort().map((name) => JSON.stringify(name));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(',')}`);
  }
  if (failed) return { status: 500, text: `${lines.join('\n')}\n${kind} check failed\n` };
  return { status: 200, text: options.verbose ? `${lines.join('\n')}\n${kind} check passed\n` : 'ok' };
}

/** One check, for who may know: what is wrong is said. */
export async function healthCheck(probes: HealthProbes, kind: string, name: string): Promise<HealthAnswer> {
  const wanted = OTHER_NAMES.get(name) ?? name;
  const found = (await resultsOf(probes, kind)).find((result) => result.name === wanted);
  if (!found) return { status: 404, text: '404 page not found\n' };
  if (found.problem === undefined) return { status: 200, text: 'ok' };
  return { status: 500, text: `internal server error: ${found.problem}\n` };
}

async function resultsOf(probes: HealthProbes, kind: string): Promise<readonly CheckResult[]> {
  const own = await (kind === 'livez' ? probes.live() : probes.ready());
  return [
    { name: 'ping', problem: undefined },
    // Kubernetes' check that its log can be written: ours is standard error, and who answers has it.
    { name: 'log', problem: undefined },
    // Who shuts down is not ready, and not ill.
    ...(kind === 'healthz' ? own.filter(({ name }) => name !== 'shutdown') : own),
  ];
}
