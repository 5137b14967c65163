import { connect } from 'node:http2';
import type { ProbeAnswer } from './ask.ts';
import { dialProblem } from './dial-problem.ts';

export interface GrpcProbe {
  readonly host: string;
  readonly port: number;
  readonly service: string;
}

/** `grpc.health.v1.HealthCheckResponse.ServingStatus`. */
const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const UNIMPLEMENTED = 12;

/** Good if the gRPC health service (grpc.health.v1.Health/Check) says SERVING. */
export function askGrpc(probe: GrpcProbe, signal: AbortSignal): Promise<ProbeAnswer> {
  const address = `${probe.host}:${probe.port}`;
  const { promise, resolve } = Promise.withResolvers<ProbeAnswer>();
  const session = connect(`http://${address}`);
  const fail = (message: string) => resolve({ result: 'failure', message });
  const onAbort = () => fail(`timeout: failed to connect service "${address}" within the time allowed`);
  signal.addEventListener('abort', onAbort, { once: true });
  session.once('error', (error) => fail(`error: ${dialProblem(error, address)}`));
  const stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'kube-probe/1.32',
  });
  const body: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => body.push(chunk));
  let status = 0;
  const readStatus = (headers: Readonly<Record<string, unknown>>) => {
    if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']);
  };
  stream.once('response', readStatus);
  stream.once('trailers', readStatus);
  stream.once('error', (error) => fail(`error: ${dialProblem(error, address)}`));
  stream.once('end', () => resolve(answerOf(status, Buffer.concat(body))));
  stream.end(request(probe.service));
  return promise.finally(() => {
    signal.removeEventListener('abort', onAbort);
    session.destroy();
  });
}

function answerOf(status: number, body: Buffer): ProbeAnswer {
  if (status === UNIMPLEMENTED) {
    return { result: 'failure', message: 'error: this server does not implement the grpc health protocol' };
  }
  if (status !== 0) return { result: 'failure', message: `error: health rpc failed with code ${status}` };
  // Length-prefixed message whose one field is an enum: 08 NN; absent: 0.
  const value = body.length >= 7 && body[5] === 0x08 ? (body[6] ?? 0) : 0;
  const name = STATUS_NAMES[value] ?? String(value);
  if (name === 'SERVING') return { result: 'success' };
  return { result: 'failure', message: `service unhealthy (responded with "${name}")` };
}

/** HealthCheckRequest: field 1, the service's name. */
function request(service: string): Buffer {
  const name = Buffer.from(service);
  const message =
    name.length > 0 ? Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]) : Buffer.alloc(0);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
