import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { askHttp } from './http.ts';

async function asked(path: string, answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  try {
    const probe = { action: { path }, defaultHost: '127.0.0.1', port };
    return await askHttp(probe, new AbortController().signal);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a redirect on the same host is followed', async () => {
  const answer = await asked('/from', ({ url }, response) => {
    if (url === '/from') response.writeHead(302, { location: '/to' }).end();
    else response.writeHead(500).end();
  });
  assert.deepEqual(answer, { result: 'failure', message: 'HTTP probe failed with statuscode: 500' });
});

test('a redirect to elsewhere is good, with a warning that shows it', async () => {
  const answer = await asked('/', (_, response) => {
    response.writeHead(302, { location: 'http://0.0.0.0/' }).end('<a href="http://0.0.0.0/">Found</a>.');
  });
  const warning = 'Probe terminated redirects, Response body: <a href="http://0.0.0.0/">Found</a>.';
  assert.deepEqual(answer, { result: 'success', warning });
});

test('a body without end keeps no probe waiting', async () => {
  assert.deepEqual(await asked('/', (_, response) => void response.write('and so on')), {
    result: 'success',
  });
});
