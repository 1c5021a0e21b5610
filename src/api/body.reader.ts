import type { IncomingHttpHeaders } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

export type ReadBody =
  { readonly text: string; readonly why: null } | { readonly text: null; readonly why: string };

/** What {@link readBody} understands, as a request header. */
export const ENCODINGS = 'gzip, deflate, br';

const BROKE_OFF = 'an answer that broke off';
const TOO_LATE = 'an answer that did not end in time';

/**
 * Reads an answer to its end, or says why not. What is read is counted after decompression, so a bomb is
 * dropped as soon as it has grown past the limit; the socket of an answer that is dropped is closed.
 *
 * @param isLate whether the deadline is over: what breaks off then did so because of it.
 */
export function readBody(
  answer: Readable,
  encoding: IncomingHttpHeaders['content-encoding'],
  longest: number,
  isLate: () => boolean,
): Promise<ReadBody> {
  return new Promise((resolve) => {
    const decoder = decoderOf(encoding);
    const chunks: Buffer[] = [];
    let size = 0;
    const drop = (why: string): void => {
      resolve({ text: null, why });
      answer.destroy();
      if (decoder !== null && decoder !== 'unknown') decoder.destroy();
    };
    const onBreak = (): void => drop(isLate() ? TOO_LATE : BROKE_OFF);
    if (decoder === 'unknown') return drop('an answer in an encoding that nobody asked for');
    const body: Readable = decoder === null ? answer : answer.pipe(decoder);
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > longest) {
        drop(`an answer of more than ${longest} bytes`);
      } else {
        chunks.push(chunk);
      }
    });
    body.on('end', () => {
      const [only] = chunks;
      const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size);
      resolve({ text: bytes.toString('utf8'), why: null });
    });
    body.on('error', onBreak);
    if (decoder !== null) answer.on('error', onBreak);
    // An answer whose connection is destroyed may end without an error; after its end this says nothing new.
    answer.on('close', () => {
      if (!answer.readableEnded) onBreak();
    });
  });
}

function decoderOf(encoding: string | undefined): Transform | null | 'unknown' {
  if (encoding === undefined) return null;
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return null;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return 'unknown';
  }
}
