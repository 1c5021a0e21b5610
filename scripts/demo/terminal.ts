import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const WIDTH = 96;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Prints the tour: in colour and with a spinner for people, in plain lines for a pipe. */
export class Terminal {
  readonly #live = process.stdout.isTTY;
  readonly #colours = process.stdout.isTTY && !process.env['NO_COLOR'];
  #steps = 0;

  style(style: Style, text: string): string {
    return this.#colours ? styleText(style, text) : text;
  }

  title(text: string): void {
    console.log(`\n${this.style('bold', text)}`);
  }

  step(text: string): void {
    this.#steps += 1;
    console.log(`\n${this.style(['bold', 'cyan'], `${this.#steps}  ${text}`)}`);
  }

  /** Prose, wrapped. */
  say(text: string): void {
    for (const line of wrap(text, WIDTH - 3)) console.log(`   ${line}`);
  }

  /** Names and values, one pair a line, long values wrapped under themselves. */
  pairs(entries: readonly (readonly [name: string, value: string])[], indent = 3): void {
    const column = Math.max(...entries.map(([name]) => name.length)) + 2;
    for (const [name, value] of entries) {
      const [first = '', ...rest] = wrap(value, WIDTH - indent - column);
      console.log(`${' '.repeat(indent)}${this.style('dim', name.padEnd(column))}${first}`);
      for (const line of rest) console.log(`${' '.repeat(indent + column)}${line}`);
    }
  }

  heading(text: string): void {
    console.log(`\n   ${this.style('bold', text)}`);
  }

  blank(): void {
    console.log('');
  }

  /** `holds`: a green tick or a red cross before the text. */
  check(holds: boolean, text: string): void {
    const mark = holds ? this.style('green', '✓') : this.style('red', '✗');
    const [first = '', ...rest] = wrap(text, WIDTH - 5);
    console.log(`   ${mark} ${first}`);
    for (const line of rest) console.log(`     ${line}`);
  }

  /** Shows that something is going on. `news` is asked for what to show beside the label. */
  async during<T>(label: string, work: Promise<T>, news: () => string = () => ''): Promise<T> {
    const started = Date.now();
    const seconds = (): string => `${((Date.now() - started) / 1000).toFixed(1)} s`;
    if (!this.#live) console.log(`   ${label} …`);
    let frame = 0;
    let told = '';
    const timer = setInterval(() => {
      const line = news();
      if (this.#live) {
        process.stdout.write(
          `\r\u001b[2K   ${FRAMES[frame++ % FRAMES.length]} ${label} ${this.style('dim', `${line} ${seconds()}`)}`,
        );
      } else if (line !== told) {
        console.log(`     ${line}`);
        told = line;
      }
    }, 100);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      if (this.#live) process.stdout.write('\r\u001b[2K');
      console.log(`   ${this.#live ? `${label}: ` : ''}done in ${seconds()}`);
    }
  }
}

/** Breaks at spaces, in addresses before `&` and `?`, and anywhere in what is longer than a line. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of text.split(/(?<= )|(?=[&?]\w)/).flatMap((piece) => chunks(piece, width))) {
    if (line !== '' && (line + part).trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = part;
    } else {
      line += part;
    }
  }
  return [...lines, line];
}

function chunks(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  return [text.slice(0, width), ...chunks(text.slice(width), width)];
}
