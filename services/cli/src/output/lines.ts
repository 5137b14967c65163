import type { Readable } from 'node:stream';

/** The lines of a stream as they come; ends quietly if the signal is why the stream broke. */
export async function* linesOf(stream: Readable, signal?: AbortSignal): AsyncIterable<string> {
  let rest = '';
  stream.setEncoding('utf8');
  try {
    for await (const chunk of stream) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
  if (rest !== '') yield rest;
}
