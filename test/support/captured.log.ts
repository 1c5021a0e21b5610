import type { LoggerService } from '@nestjs/common';

export interface LogLine {
  readonly level: 'log' | 'error' | 'warn' | 'debug' | 'verbose' | 'fatal';
  /** Nest's context, the name of the logger. */
  readonly context: string;
  /** Everything that was handed to the logger, context and stack included. */
  readonly text: string;
}

/** A Nest logger that keeps what it is told. */
export class CapturedLog implements LoggerService {
  readonly lines: LogLine[] = [];

  log = this.#taker('log');
  error = this.#taker('error');
  warn = this.#taker('warn');
  debug = this.#taker('debug');
  verbose = this.#taker('verbose');
  fatal = this.#taker('fatal');

  /** Texts of one level, of one context where it is given. */
  texts(level: LogLine['level'], context?: string): string[] {
    return this.lines
      .filter((line) => line.level === level && (context === undefined || line.context === context))
      .map(({ text }) => text);
  }

  #taker(level: LogLine['level']) {
    return (message: unknown, ...rest: unknown[]): void => {
      const context = rest.at(-1);
      this.lines.push({
        level,
        context: typeof context === 'string' ? context : '',
        text: [message, ...rest].map(render).join('\n'),
      });
    };
  }
}

const render = (part: unknown): string => {
  if (typeof part === 'string') return part;
  return part instanceof Error ? (part.stack ?? part.message) : JSON.stringify(part);
};
