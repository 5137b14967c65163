import { request } from 'node:https';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;

/**
 * Gets a document over HTTPS.
 *
 * @param ca PEM that is believed; absent: what the system believes.
 */
export function httpsFetch(ca: string | undefined): (url: string) => Promise<Response> {
  return (url) =>
    new Promise((resolve, reject) => {
      const headers = { accept: 'application/json', connection: 'close' };
      const options = { headers, timeout: TIMEOUT_MS, agent: false, ...(ca && { ca }) };
      const asked = request(url, options, (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_BYTES) answer.destroy(new Error(`${url} is over ${MAX_BYTES} bytes long`));
          chunks.push(chunk);
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const status = answer.statusCode ?? 500;
          resolve(new Response(Buffer.concat(chunks), { status }));
        });
      });
      asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer in ${TIMEOUT_MS} ms`)));
      asked.on('error', reject);
      asked.end();
    });
}
