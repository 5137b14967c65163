import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ApiError } from '@reckon/api';

/**
 * Answers /logs/: the machine's own log files, as a kubelet shows them; directories as pages of links. What lies
 * outside, also by a link out of the directory (a pod may have made it on a hostPath), is not there.
 *
 * @param pathname of the URL: `/logs/…`.
 */
export async function serveLogFile(root: string, pathname: string, response: ServerResponse): Promise<void> {
  const file = await inside(root, decodeURIComponent(pathname.slice('/logs'.length)));
  const facts = await stat(file);
  if (facts.isDirectory()) {
    // Links of the page are relative to a directory.
    if (!pathname.endsWith('/')) return void response.writeHead(301, { location: `${pathname}/` }).end();
    const entries = await readdir(file, { withFileTypes: true });
    const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<pre>\n${names.map(linkTo).join('')}</pre>\n`);
    return;
  }
  if (!facts.isFile()) throw notFound();
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  await pipeline(createReadStream(file), response);
}

async function inside(root: string, path: string): Promise<string> {
  if (path.includes('\0')) throw notFound();
  try {
    const [base, file] = await Promise.all([realpath(root), realpath(join(root, path))]);
    if (file === base || file.startsWith(base + sep)) return file;
  } catch (error) {
    throw notFound(error);
  }
  throw notFound();
}

function notFound(cause?: unknown): ApiError {
  return new ApiError('NotFound', '404 page not found', {}, { cause });
}

function linkTo(name: string): string {
  const text = name.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
  return `<a href="${name.split('/').map(encodeURIComponent).join('/')}">${text}</a>\n`;
}
