import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { csvRows } from './csv.reader.js';

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* parts;
}
async function rows(source: AsyncIterable<string | Uint8Array>, delimiter?: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { line, cells } of csvRows(source, delimiter)) found.push([line, ...cells]);
  return found;
}
const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

describe('csvRows', () => {
  it.each([
    ['commas', 'a,b\n1,2\n', [[1, 'a', 'b'], [2, '1', '2']]], // prettier-ignore
    ['semicolons, with commas in the amounts', 'a;b\n1;2,5\n', [[1, 'a', 'b'], [2, '1', '2,5']]], // prettier-ignore
    ['semicolons, with commas in quotes', '"a,b,c";d\n1;2', [[1, 'a,b,c', 'd'], [2, '1', '2']]], // prettier-ignore
    ['tabs', 'a\tb\n1\t2\n', [[1, 'a', 'b'], [2, '1', '2']]], // prettier-ignore
    ['a byte order mark', '\uFEFFa,b\n1,2\n', [[1, 'a', 'b'], [2, '1', '2']]], // prettier-ignore
    ['line ends of Windows', 'a,b\r\n"x\r\ny",2\r\n3,4', [[1, 'a', 'b'], [2, 'x\ny', '2'], [4, '3', '4']]], // prettier-ignore
    ['quoted line ends and empty lines', 'a,b\n\n"x\n\ny",2\n\n3,4\n', [[1, 'a', 'b'], [3, 'x\n\ny', '2'], [7, '3', '4']]], // prettier-ignore
    ['a header over two lines', '"a\nb",c\n1,2', [[1, 'a\nb', 'c'], [3, '1', '2']]], // prettier-ignore
    ['quotes in quotes', 'a\n"say ""hi"""', [[1, 'a'], [2, 'say "hi"']]], // prettier-ignore
    ['rows of all lengths', 'a,b\n1\n1,2,3', [[1, 'a', 'b'], [2, '1'], [3, '1', '2', '3']]], // prettier-ignore
    ['a header alone', 'a,b', [[1, 'a', 'b']]],
    ['nothing', '', []],
  ])('%s', async (_, text, expected) => {
    expect(await rows(chunks(text))).toEqual(expected);
    // However it is cut: one byte at a time.
    const single = [...bytes(text)].map((byte) => Uint8Array.of(byte));
    expect(await rows(chunks(...single))).toEqual(expected);
  });

  it('takes a stream, letters over chunk borders, and the separator that it is told', async () => {
    expect(await rows(Readable.from([bytes('a|ü,').subarray(0, 3), bytes('a|ü,').subarray(3)]), ',')).toEqual(
      [[1, 'a|ü', '']],
    );
  });

  it.each([
    ['a quote that is never closed', 'a,b\n1,"2\n3,4\n', /inside of a quoted text/],
    ['a quote in the middle', 'a,b\n1,"secret"2\n', /Line 2: the quotes do not fit together/],
    ['a row without an end', `a,b\n1,"${'x'.repeat(1_100_000)}`, /million characters/],
  ])('refuses %s, without quoting it', async (_, text, message) => {
    const error: unknown = await rows(chunks(text)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'BACKFILL_FORMAT', message: expect.stringMatching(message) });
    expect(String(error)).not.toMatch(/secret|xxx/);
  });

  it.each([
    ['Latin-1', Buffer.from('orderId,note\nA-1,M\xfcller\n', 'latin1')],
    ['UTF-16', Buffer.from('\uFEFForderId,note\n', 'utf16le')],
  ])('refuses %s', async (_, file) => {
    await expect(rows(chunks(file))).rejects.toThrow('not UTF-8');
  });

  it('hands on what goes wrong in the source, and closes it when nobody reads on', async () => {
    const broken = (async function* () {
      yield 'a,b\n1,2\n';
      throw new RangeError('the disk is gone');
    })();
    await expect(rows(broken)).rejects.toThrow('the disk is gone');
    let closed = false;
    const endless = (async function* () {
      try {
        yield 'a,b\n';
        for (;;) yield '1,2\n';
      } finally {
        closed = true;
      }
    })();
    for await (const { line } of csvRows(endless)) if (line === 3) break;
    for (let turns = 0; turns < 100 && !closed; turns += 1) await setImmediate();
    expect(closed).toBe(true);
  });
});
