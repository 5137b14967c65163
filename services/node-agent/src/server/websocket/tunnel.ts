import { createWebSocketStream, type WebSocket } from 'ws';
import type { Upstream } from './translate.ts';

/** The client's SPDY lies in the messages: taken out there and put in here, unread. */
export function passTunnel(client: WebSocket, { socket, head }: Upstream): void {
  const stream = createWebSocketStream(client);
  stream.on('error', () => socket.destroy());
  if (head.length > 0) stream.write(head);
  stream.pipe(socket);
  socket.pipe(stream);
  socket.once('close', () => stream.end());
}
