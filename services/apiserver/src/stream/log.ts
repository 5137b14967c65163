import type { IncomingMessage } from 'node:http';
import { ApiError, badRequest, REASONS, type Reason } from '@reckon/api';
import type { DoorContext } from '../doors/context.ts';
import type { Exchange } from '../rest/exchange.ts';

/** A refusal longer than this is cut. */
const MAX_ERROR_BYTES = 2_048;

/** Sends a container's log as it comes; without a source there is none (204). Resolves when it is over. */
export async function sendLog(
  exchange: Exchange,
  context: DoorContext,
  source?: IncomingMessage,
): Promise<void> {
  const headers = [
    'Content-Type',
    'text/plain',
    'Audit-Id',
    context.requestId,
    'Cache-Control',
    'no-cache, private',
  ];
  if (!source) {
    exchange.respond(204, headers, '');
    return;
  }
  if (source.statusCode !== 200) throw await agentError(source);
  const out = exchange.stream(200, headers);
  exchange.onGone(() => source.destroy());
  try {
    for await (const chunk of source) {
      if (!out.write(chunk as Uint8Array)) await out.drained();
    }
    out.end();
  } catch (error) {
    // The agent went away in the middle: the client must not take it for the end of the log.
    if (context.aborted) out.end();
    else out.destroy();
    if (!context.aborted) throw error;
  }
}

/** What an agent says instead of doing it: its own Status, or text to be put into one. */
export async function agentError(response: IncomingMessage): Promise<ApiError> {
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    lengthBytes += (chunk as Buffer).length;
    if (lengthBytes > MAX_ERROR_BYTES) break;
  }
  const text = Buffer.concat(chunks).toString('utf8', 0, MAX_ERROR_BYTES).trim();
  const status = response.statusCode ?? 500;
  const said = statusIn(text);
  if (said) return said;
  if (status === 400) return badRequest(text);
  if (status === 404) return new ApiError('NotFound', text);
  return new ApiError('InternalError', text || `the node answered ${status} ${response.statusMessage}`);
}

function statusIn(text: string): ApiError | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const { kind, reason, message } = JSON.parse(text) as Record<string, unknown>;
    if (kind !== 'Status' || typeof message !== 'string') return undefined;
    return new ApiError(isReason(reason) ? reason : 'InternalError', message);
  } catch {
    return undefined;
  }
}

function isReason(value: unknown): value is Reason {
  return typeof value === 'string' && value in REASONS;
}
