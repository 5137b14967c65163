/**
 * The peer: an HTTPS server that only parses the body and gives it back. What is missing to its figures is what an API
 * server does; what they are says how fast this machine is now.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TestAuthority } from '@reckon/apiserver/doors/testing/pki.ts';
import type { Access } from './connection.ts';

const authority = await TestAuthority.create();
const serving = await authority.server('127.0.0.1', 'localhost');
const client = await authority.client('kubernetes-admin', 'system:masters');
const server = createServer(
  {
    key: serving.privateKey,
    cert: serving.certificate,
    ca: authority.certificate,
    requestCert: true,
  },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.from(JSON.stringify(JSON.parse(Buffer.concat(chunks).toString())));
      response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': body.length });
      response.end(body);
    });
  },
);
server.listen(0, '127.0.0.1', () => {
  const access: Access = {
    port: (server.address() as AddressInfo).port,
    authority: authority.certificate,
    certificate: client.certificate,
    privateKey: client.privateKey,
  };
  console.log(JSON.stringify(access));
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
