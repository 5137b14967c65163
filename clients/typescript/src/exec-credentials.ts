/**
 * Tokens from a program that the kubeconfig names (KEP-541): it is told what is asked of it in KUBERNETES_EXEC_INFO, and
 * prints an ExecCredential.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { ApiError } from '@reckon/api/errors/api-error.ts';
import { isObject } from '@reckon/api/json/types.ts';
import type { Clock } from '@reckon/service/clock.ts';
import type { ExecConfig } from './exec-config.ts';

interface Credential {
  readonly token: string;
  /** By the clock of the system; infinite if the program does not say. */
  readonly expiresMs: number;
}

export interface ExecCredentialsOptions {
  readonly config: ExecConfig;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Whether somebody sits at the terminal that is our standard input. */
  readonly terminal: boolean;
}

/** One program for one user. What it gave is used until it expires or the server refuses it. */
export class ExecCredentials {
  readonly #options: ExecCredentialsOptions;
  #latest: Promise<Credential> | undefined;

  constructor(options: ExecCredentialsOptions) {
    this.#options = options;
  }

  /** Whoever asks while the program runs waits for the same answer. Unauthorized if there is no token to be had. */
  async token(): Promise<string> {
    const known = this.#latest ?? this.#ask();
    const credential = await known;
    if (credential.expiresMs > this.#options.clock.nowMs()) return credential.token;
    if (this.#latest === known) this.#latest = undefined;
    return (await (this.#latest ?? this.#ask())).token;
  }

  /** The server does not take the token any more: the next call asks the program again. */
  refused(token: string): void {
    const known = this.#latest;
    const forget = (credential: Credential) => {
      if (credential.token === token && this.#latest === known) this.#latest = undefined;
    };
    known?.then(forget, () => undefined);
  }

  #ask(): Promise<Credential> {
    const asked = this.#run();
    this.#latest = asked;
    // A program that failed may do better next time.
    asked.catch(() => {
      if (this.#latest === asked) this.#latest = undefined;
    });
    return asked;
  }

  async #run(): Promise<Credential> {
    const { config, terminal } = this.#options;
    const { command, args, apiVersion, interactiveMode, cluster } = config;
    if (interactiveMode === 'Always' && !terminal)
      throw refusal(config, 'wants to ask you something, but standard input is no terminal');
    const interactive = interactiveMode !== 'Never' && terminal;
    const spec = { interactive, ...(cluster && { cluster }) };
    const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
    const child = spawn(command, args, {
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...config.env, KUBERNETES_EXEC_INFO: info },
    });
    const ended = new Promise<string>((resolve, reject) => {
      child.once('error', (error) => reject(notRun(config, error)));
      child.once('close', (code, signal) =>
        resolve(code === null ? `signal ${signal}` : `exit code ${code}`),
      );
    });
    const [how, printed] = await Promise.all([ended, text(child.stdout)]);
    if (how !== 'exit code 0') throw refusal(config, `ended with ${how}`);
    return credentialOf(config, printed);
  }
}

function refusal({ command }: ExecConfig, what: string, options?: ErrorOptions): ApiError {
  const plugin = `the credential plugin ${JSON.stringify(command)} of the kubeconfig`;
  return new ApiError('Unauthorized', `${plugin} ${what}`, {}, options);
}

function notRun(config: ExecConfig, cause: NodeJS.ErrnoException): ApiError {
  const hint = config.installHint === undefined ? '' : `\n${config.installHint}`;
  const isMissing = cause.code === 'ENOENT';
  const why = isMissing ? `was not found: install it${hint}` : `cannot be run: ${cause.message}`;
  return refusal(config, why, { cause });
}

/** What is printed is a secret: no message tells any of it. */
function credentialOf(config: ExecConfig, printed: string): Credential {
  const wrong = (what: string) => refusal(config, what);
  const answer = parsed(printed);
  if (!isObject(answer) || answer.kind !== 'ExecCredential') throw wrong('printed no ExecCredential as JSON');
  if (answer.apiVersion !== config.apiVersion)
    throw wrong(
      `answered in apiVersion ${JSON.stringify(answer.apiVersion)} and was asked in ${config.apiVersion}`,
    );
  const { token, clientCertificateData, expirationTimestamp } = isObject(answer.status) ? answer.status : {};
  if (typeof token !== 'string' || token === '')
    throw wrong(
      clientCertificateData === undefined
        ? 'gave no token'
        : 'gave a client certificate and no token: not supported, give the certificate to connect()',
    );
  const expiresMs =
    expirationTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(String(expirationTimestamp));
  if (Number.isNaN(expiresMs)) throw wrong('gave an expirationTimestamp that is no time (RFC 3339)');
  return { token, expiresMs };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
