import { SingleBar } from 'cli-progress';
import type { Sink } from './terminal.js';

/** How far something has come. */
export interface Progress {
  /**
   * @param total `null` while nobody knows it.
   * @param words what has happened so far.
   */
  at(done: number, total: number | null, words?: string): void;
  end(): void;
}

/** Milliseconds between two lines in a pipe. */
const LINE_EVERY = 2000;

/** A bar on a terminal, a line now and then in a pipe, nothing when silent. */
export class ProgressLine implements Progress {
  #bar: SingleBar | null = null;
  #told = -Infinity;
  #last = '';

  constructor(
    private readonly sink: Sink,
    private readonly what: string,
    private readonly silent: boolean,
  ) {}

  at(done: number, total: number | null, words = ''): void {
    if (this.silent) return;
    if (this.sink.isTTY === true) this.#draw(done, total, words);
    else this.#tell(done, total, words);
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = null;
    if (this.#last !== '') this.sink.write(this.#last);
    this.#last = '';
  }

  #draw(done: number, total: number | null, words: string): void {
    const of = total ?? Math.max(1, done);
    if (this.#bar === null) {
      this.#bar = new SingleBar({
        format: total === null ? '{what} {words}' : '{what} [{bar}] {percentage} % {words}',
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
        stream: this.sink as NodeJS.WritableStream,
        barCompleteChar: '#',
        barIncompleteChar: '.',
        linewrap: false,
      });
      this.#bar.start(of, done, { what: this.what, words });
    }
    this.#bar.setTotal(of);
    this.#bar.update(done, { words });
  }

  /** The last one is always told. */
  #tell(done: number, total: number | null, words: string): void {
    const share = total === null || total === 0 ? '' : ` ${Math.floor((100 * done) / total)} %`;
    const line = `${this.what}${share}${words === '' ? '' : ` ${words}`}\n`;
    if (performance.now() - this.#told < LINE_EVERY) {
      this.#last = line;
      return;
    }
    this.#told = performance.now();
    this.#last = '';
    this.sink.write(line);
  }
}
