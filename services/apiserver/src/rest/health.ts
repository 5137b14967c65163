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

/** @param path `/readyz`, `/livez/ping`; `etcd` is an old name of the store's check, as monitoring asks for it. */
export async function health(
  probes: HealthProbes,
  path: string,
  options: { readonly verbose: boolean; readonly exclude: readonly string[] },
): Promise<HealthAnswer> {
  const [, kind = '', one] = path.split('/');
  const all = [
    { name: 'ping', problem: undefined },
    // Kubernetes' check that its log can be written: ours is standard error, and who answers has it.
    { name: 'log', problem: undefined },
    ...(await (kind === 'livez' ? probes.live() : probes.ready())),
  ];
  const results: readonly CheckResult[] = all;
  if (one) {
    const wanted = one === 'etcd' ? 'postgres' : one;
    const found = results.find(({ name }) => name === wanted);
    if (!found) return { status: 404, text: '404 page not found\n' };
    if (found.problem === undefined) return { status: 200, text: 'ok' };
    return { status: 500, text: `internal server error: ${found.problem}\n` };
  }
  const excluded = new Set(options.exclude);
  const lines = results.map(({ name, problem }) => {
    if (excluded.has(name)) return `[+]${name} excluded: ok`;
    return problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`;
  });
  const failed = results.some(({ name, problem }) => problem !== undefined && !excluded.has(name));
  const unknown = [...excluded].filter((name) => !results.some((result) => result.name === name));
  if (unknown.length > 0) {
    const names = unknown.map((name) => JSON.stringify(name)).join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (failed) return { status: 500, text: `${lines.join('\n')}\n${kind} check failed\n` };
  return { status: 200, text: options.verbose ? `${lines.join('\n')}\n${kind} check passed\n` : 'ok' };
}
