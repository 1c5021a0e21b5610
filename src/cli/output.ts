import { wrap } from './layout.rules.js';
import { ProgressLine, type Progress } from './progress.js';
import { hasColours, type Terminal, widthOf } from './terminal.js';

const COLOURS = { red: 31, green: 32, yellow: 33, cyan: 36, bold: 1, dim: 2 } as const;
export type Colour = keyof typeof COLOURS;

/** Says what a command has to say: as lines, or with `--json` as one document at its end. */
export class Output {
  constructor(
    private readonly terminal: Terminal,
    /** `--json` was given. */
    readonly json: boolean,
  ) {}

  /** How long a line may be; without a limit in a pipe. */
  get width(): number {
    return widthOf(this.terminal.stdout);
  }

  /** Text in a colour, where there are colours. */
  paint(colour: Colour, text: string): string {
    return hasColours(this.terminal.stdout, this.terminal.env)
      ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m`
      : text;
  }

  /** The same for standard error. */
  paintError(colour: Colour, text: string): string {
    return hasColours(this.terminal.stderr, this.terminal.env)
      ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m`
      : text;
  }

  /** Result lines; nothing with `--json`. */
  lines(lines: readonly string[]): void {
    if (!this.json && lines.length > 0) this.terminal.stdout.write(`${lines.join('\n')}\n`);
  }

  /** The one document; nothing without `--json`. */
  document(data: unknown): void {
    if (this.json) this.terminal.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  }

  /** Remarks beside the result: to standard error, also with `--json`. */
  remark(text: string): void {
    const width = widthOf(this.terminal.stderr);
    const lines = text.split('\n').flatMap((line) => (width === Infinity ? [line] : keepIndent(line, width)));
    this.terminal.stderr.write(`${lines.join('\n')}\n`);
  }

  /** How far long work has come: a bar on a terminal, lines in a pipe. To standard error; nothing with `--json`. */
  progress(what: string): Progress {
    return new ProgressLine(this.terminal.stderr, what, this.json);
  }
}

function keepIndent(line: string, width: number): string[] {
  const indent = /^ */.exec(line)![0];
  return line.trim() === '' ? [''] : wrap(line.trim(), width - indent.length).map((each) => indent + each);
}
