import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Answer, Order, ProcessConfig, Request } from './process.protocol.js';
import { until } from './scale.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ProcessEndedError extends Error {}
export class ProcessRefusedError extends Error {}

/** A process of its own that is a shop while it is open. Does what it is told over a channel, and dies on demand. */
export class ShopProcess {
  /** Resolves when it is gone, with how it ended. */
  readonly gone: Promise<Ending>;
  /** Of the shop that it is now: also the name of its calls. */
  name = 'unnamed';
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #orders = 0;
  #isOpen = false;
  #isGone = false;
  #frozen = false;
  #ended = false;
  #complaints = '';

  private constructor(readonly clockShift: number) {
    const clock = clockShift === 0 ? [] : ['--import', here('shift-clock.mjs')];
    this.#child = fork(here('../../support/run-ts.mjs'), [here('dispatcher-process.ts')], {
      execArgv: clock,
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        NO_COLOR: '1',
        IMPACT_FAULTS_CLOCK_SHIFT: String(clockShift),
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-4000);
    });
    this.gone = new Promise((resolve) => {
      // Not `close`, which never comes after a channel that was closed from here.
      this.#child.once('exit', (code, signal) => {
        this.#isGone = true;
        for (const { reject } of this.#pending.values()) reject(this.#unexpectedEnd(code, signal));
        this.#pending.clear();
        resolve({ code, signal });
      });
    });
    this.#pending.set(0, { resolve: () => {}, reject: () => {} });
    this.#child.on('message', (answer) => this.#hear(answer as Answer));
    this.#child.on('error', () => {});
  }

  static start(clockShift = 0): ShopProcess {
    return new ShopProcess(clockShift);
  }

  /** Alive, and no shop: may become one. */
  get isIdle(): boolean {
    return !this.#isGone && !this.#isOpen && !this.#frozen && !this.#ended;
  }

  /** Whether its end was asked for. */
  get wasEnded(): boolean {
    return this.#ended;
  }

  /** Errors that it logged last. */
  get complaints(): string {
    return this.#complaints;
  }

  describe(): string {
    const state = this.#isGone ? 'dead' : this.#frozen ? 'stopped' : 'at work';
    return this.#complaints === '' ? state : `${state}; it said: ${this.#complaints}`;
  }

  async open(name: string, config: ProcessConfig): Promise<void> {
    this.name = name;
    this.#isOpen = true;
    await this.#ask({ do: 'open', config });
  }

  /** Closes the shop; the process stays for another one. */
  async close(): Promise<void> {
    await this.#ask({ do: 'close' });
    this.#isOpen = false;
  }

  async record(orders: readonly string[]): Promise<void> {
    await this.#ask({ do: 'record', orders });
  }

  /** How far its clock is from ours, in milliseconds. */
  async clockError(): Promise<number> {
    return ((await this.#ask({ do: 'clock' })) as number) - Date.now();
  }

  async longestBlock(): Promise<number> {
    return (await this.#ask({ do: 'longest-block' })) as number;
  }

  /** SIGKILL, now: no code of the process runs after this call. */
  kill(): Promise<Ending> {
    this.#ended = true;
    this.#child.kill('SIGKILL');
    return this.gone;
  }

  /** SIGTERM: resolves when the process has ended, with how. */
  terminate(): Promise<Ending> {
    this.#ended = true;
    this.#child.kill('SIGTERM');
    return this.gone;
  }

  /** SIGSTOP: resolves when it stands still. */
  async freeze(): Promise<void> {
    this.#frozen = true;
    this.#child.kill('SIGSTOP');
    await until(`${this.name} stands still`, () => this.#stateInKernel() === 'T');
  }

  /** SIGCONT. */
  thaw(): void {
    this.#child.kill('SIGCONT');
    this.#frozen = false;
  }

  /** Lets go of an idle process; answers whether it ended by itself. */
  async leave(): Promise<boolean> {
    if (this.#isGone) return true;
    this.#ended = true;
    this.#child.disconnect();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    const { code } = await this.gone;
    clearTimeout(late);
    return code === 0;
  }

  /** `T` is stopped. There is no other way to ask than Linux's own. */
  #stateInKernel(): string {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  }

  async #ask(request: Request): Promise<unknown> {
    if (this.#isGone) throw this.#unexpectedEnd(this.#child.exitCode, this.#child.signalCode);
    const id = (this.#orders += 1);
    const order: Order = { ...request, id };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.send(order, (error) => {
        if (error !== null && this.#pending.delete(id)) reject(error);
      });
    });
  }

  #hear(answer: Answer): void {
    const pending = this.#pending.get(answer.to);
    this.#pending.delete(answer.to);
    if ('failed' in answer) pending?.reject(new ProcessRefusedError(`${this.name}: ${answer.failed}`));
    else pending?.resolve(answer.value);
  }

  #unexpectedEnd(code: number | null, signal: NodeJS.Signals | null): Error {
    return new ProcessEndedError(
      `${this.name} ended (code ${code}, signal ${signal}) before it had answered. ${this.#complaints}`,
    );
  }
}
