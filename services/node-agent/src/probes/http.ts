import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Frozen } from '@reckon/client';
import type { HTTPGetAction } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { ProbeAnswer } from './ask.ts';
import { dialProblem } from './dial-problem.ts';

export interface HttpProbe {
  readonly action: Frozen<HTTPGetAction>;
  readonly defaultHost: string;
  readonly port: number;
}

const MAX_REDIRECTS = 10;
const MAX_BODY_CHARS = 10 * 1024;

/** Good if the answer's status is 200 to 399. Redirects are followed on the same host; certificates are not checked. */
export async function askHttp(probe: HttpProbe, signal: AbortSignal): Promise<ProbeAnswer> {
  const { action, defaultHost, port } = probe;
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  let url = new URL(`${scheme}://${hostPart(action.host || defaultHost)}:${port}`);
  url = new URL(action.path || '/', url);
  const { host } = url;
  const headers = headersOf(action);
  for (let redirects = 0; ; redirects++) {
    const answer = await get(url, headers, signal);
    if ('problem' in answer) return { result: 'failure', message: answer.problem };
    const { status, location } = answer;
    if (status >= 300 && status < 400 && location) {
      const next = new URL(location, url);
      // Elsewhere is not this container: that it answered is enough.
      if (next.host !== host)
        return { result: 'success', warning: `Probe terminated redirects, Response body: ${answer.body}` };
      if (redirects < MAX_REDIRECTS) {
        url = next;
        continue;
      }
      return { result: 'failure', message: `Get "${url}": stopped after ${MAX_REDIRECTS} redirects` };
    }
    if (status >= 200 && status < 400) return { result: 'success' };
    return { result: 'failure', message: `HTTP probe failed with statuscode: ${status}` };
  }
}

type Answer =
  | { readonly status: number; readonly location: string | undefined; readonly body: string }
  | { readonly problem: string };

function get(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = { headers, signal, agent: false, rejectUnauthorized: false };
    const request = send(url, options, (response: IncomingMessage) => {
      const { statusCode: status = 0, headers: answered } = response;
      let body = '';
      const end = () => resolve({ status, location: answered.location, body });
      response.once('error', end);
      response.once('end', end);
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < MAX_BODY_CHARS) body += chunk.slice(0, MAX_BODY_CHARS - body.length);
      });
      // Only of a redirect is the body of interest.
      if (status < 300 || status >= 400) end();
    });
    request.once('error', (error) => {
      const timedOut = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
      const problem = signal.aborted ? timedOut : dialProblem(error, url.host);
      resolve({ problem: `Get "${url}": ${problem}` });
    });
    request.end();
  });
}

function headersOf(action: Frozen<HTTPGetAction>): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {
    'user-agent': 'kube-probe/1.32',
    accept: '*/*',
    connection: 'close',
  };
  for (const { name, value } of action.httpHeaders ?? []) if (name) headers[name.toLowerCase()] = value ?? '';
  return headers;
}

function hostPart(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
