import { type Client, type ClientReadableStream, Metadata } from '@grpc/grpc-js';
import {
  ImageCreate,
  ImageDelete,
  ImageUpdate,
  TaskExit,
  TaskOOM,
  TaskStart,
} from '@reckon/proto/containerd/events/events.ts';
import { type Envelope, EventsService } from '@reckon/proto/containerd/services/events/v1/events.ts';
import type { Clock } from '@reckon/service';
import type { RuntimeEvent, Subscription } from '../types.ts';
import { runtimeError } from './errors.ts';

/** CRI keeps everything it makes in this namespace of containerd. */
const NAMESPACE = 'k8s.io';
const TOPICS = [
  '/tasks/start',
  '/tasks/exit',
  '/tasks/oom',
  '/images/create',
  '/images/update',
  '/images/delete',
];
const ECHO_TOPIC = '/reckon/subscribed';
const ECHO_RETRY_MS = 20;
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 2_000;

/**
 * Follows containerd's own events. States: connecting → subscribing → connected → (stream ends) → waiting →
 * connecting …, until closed. containerd answers a subscription with nothing, not even headers, so while
 * subscribing we publish an event of our own until it comes back: from then on nothing can be missed, and that is
 * when `connected` is reported.
 */
export function followEvents(
  client: Client,
  clock: Clock,
  listener: (event: RuntimeEvent) => void,
): Subscription {
  let closed = false;
  let waitMs = RECONNECT_MIN_MS;
  let call: ClientReadableStream<Envelope> | undefined;
  let cancelTimer: () => void = () => {};

  const connect = () => {
    client.waitForReady(clock.nowMs() + RECONNECT_MAX_MS, (error) => {
      if (closed) return;
      if (error) retry();
      else open();
    });
  };
  const open = () => {
    const stream = subscribe(client);
    let subscribed = false;
    call = stream;
    stream.on('data', (envelope: Envelope) => {
      if (!subscribed) {
        subscribed = true;
        cancelTimer();
        waitMs = RECONNECT_MIN_MS;
        listener({ type: 'connected' });
      }
      const event = decode(envelope);
      if (event) listener(event);
    });
    const lost = (error: Error) => {
      if (closed || call !== stream) return;
      call = undefined;
      cancelTimer();
      if (subscribed) listener({ type: 'disconnected', error });
      retry();
    };
    stream.once('error', (cause) => lost(runtimeError(cause)));
    stream.once('end', () => lost(new Error('the event stream ended')));
    const knock = () => {
      publishEcho(client);
      cancelTimer = clock.after(ECHO_RETRY_MS, knock);
    };
    knock();
  };
  const retry = () => {
    cancelTimer = clock.after(waitMs, connect);
    waitMs = Math.min(waitMs * 2, RECONNECT_MAX_MS);
  };

  connect();
  return {
    close() {
      closed = true;
      cancelTimer();
      call?.on('error', () => {});
      call?.cancel();
    },
  };
}

function subscribe(client: Client): ClientReadableStream<Envelope> {
  const { path, requestSerialize, responseDeserialize } = EventsService.subscribe;
  const filters = [...TOPICS, ECHO_TOPIC].map((topic) => `topic=="${topic}",namespace==${NAMESPACE}`);
  return client.makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    { filters },
    inNamespace(),
  );
}

/** Whether it arrives is seen on the stream; a failure here is a failure there too. */
function publishEcho(client: Client): void {
  const { path, requestSerialize, responseDeserialize } = EventsService.publish;
  const event = { typeUrl: 'google.protobuf.Empty', value: Buffer.alloc(0) };
  const request = { topic: ECHO_TOPIC, event };
  client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, inNamespace(), () => {});
}

function inNamespace(): Metadata {
  const metadata = new Metadata();
  metadata.set('containerd-namespace', NAMESPACE);
  return metadata;
}

/** Undefined for what nobody asked about: processes that `exec` started. */
export function decode(envelope: Envelope): RuntimeEvent | undefined {
  const bytes = envelope.event?.value ?? new Uint8Array();
  const atMs = timeMs(envelope.timestamp);
  switch (envelope.topic) {
    case '/tasks/start': {
      const event = TaskStart.decode(bytes);
      return { type: 'started', containerId: event.containerId ?? '', pid: event.pid ?? 0, atMs };
    }
    case '/tasks/exit': {
      const event = TaskExit.decode(bytes);
      if (event.id !== event.containerId) return undefined;
      const exitedAtMs = event.exitedAt ? timeMs(event.exitedAt) : atMs;
      const containerId = event.containerId ?? '';
      return { type: 'exited', containerId, exitCode: event.exitStatus ?? 0, atMs: exitedAtMs };
    }
    case '/tasks/oom':
      return { type: 'oom', containerId: TaskOOM.decode(bytes).containerId ?? '', atMs };
    case '/images/create':
      return { type: 'image', name: ImageCreate.decode(bytes).name ?? '' };
    case '/images/update':
      return { type: 'image', name: ImageUpdate.decode(bytes).name ?? '' };
    case '/images/delete':
      return { type: 'image', name: ImageDelete.decode(bytes).name ?? '' };
    default:
      return undefined;
  }
}

function timeMs(time: Date | string | undefined): number {
  return time === undefined ? 0 : new Date(time).getTime();
}
