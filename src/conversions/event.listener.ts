import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DiscoveryService, MetadataScanner, ModuleRef } from '@nestjs/core';
import { ImpactRequestContext } from '../clicks/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { ImpactError } from '../errors/index.js';
import { InvalidConversionError } from '../wire/index.js';
import { ConversionService } from './conversion.service.js';
import { EventEmitterMissingError, EventMapperError } from './event.errors.js';
import {
  REPORT_METADATA,
  type ReportedConversion,
  type ReportedModification,
  type ReportedReversal,
  type ReportMetadata,
} from './report.decorators.js';

interface Emitter {
  on(event: string, listener: (payload: never) => unknown): unknown;
  off(event: string, listener: (payload: never) => unknown): unknown;
}

interface Mapper extends ReportMetadata {
  /** Class and method, for messages. */
  readonly name: string;
  readonly call: (payload: unknown) => unknown;
}

/**
 * Connects `@ReportConversion()` and its siblings to the app's event emitter.
 *
 * - The request's click is read when the event arrives, not when a slow mapper is done: the response may
 *   have ended by then.
 * - A mapper that fails, or reports something invalid, is logged with its name and event. It also rejects
 *   `emitAsync()` while `recording.onInvalid` is `throw`; under `park` it lets the shop's sale go on.
 * - Any other error of the recording always rejects: the caller's transaction may be unusable.
 * - It listens until the last request has ended: a sale that is paid during shutdown is a sale.
 * - `emit()` ignores promises, so the rejection is marked as handled here and never ends the process.
 */
@Injectable()
export class DomainEventListener implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('ImpactEvents');
  readonly #detach: (() => void)[] = [];

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly moduleRef: ModuleRef,
    private readonly conversions: ConversionService,
    private readonly context: ImpactRequestContext,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const mappers = this.#mappers();
    if (mappers[0] === undefined) return;
    const emitter = await this.#emitter(mappers[0].name);
    for (const mapper of mappers) {
      const listener = (payload: never): Promise<void> => this.#handle(mapper, payload);
      emitter.on(mapper.event, listener);
      this.#detach.push(() => emitter.off(mapper.event, listener));
    }
  }

  onApplicationShutdown(): void {
    for (const detach of this.#detach.splice(0)) detach();
  }

  #handle(mapper: Mapper, payload: unknown): Promise<void> {
    const held = this.context.hold();
    const work = this.context.runHeld(held, () => this.#report(mapper, payload));
    work.catch((error: unknown) => {
      // A mapper's failure was logged where it was caught, with its cause.
      if (!(error instanceof EventMapperError)) this.#complain(mapper, error);
    });
    return work;
  }

  async #report(mapper: Mapper, payload: unknown): Promise<void> {
    const answer = await this.#ask(mapper, payload);
    if (answer === null) return;
    try {
      await this.#record(mapper.kind, answer);
    } catch (error) {
      // Found before anything was written, so the caller's transaction is as good as before.
      const forgivable =
        error instanceof InvalidConversionError && this.options.recording.onInvalid === 'park';
      if (!forgivable) throw error;
      this.#complain(mapper, error);
    }
  }

  /** The mapper's report; `null` when there is none, or when it failed and that is let pass. */
  async #ask(mapper: Mapper, payload: unknown): Promise<object | null> {
    try {
      const answer = (await mapper.call(payload)) ?? null;
      if (typeof answer !== 'object') throw new TypeError('The answer is neither an object nor null.');
      return answer;
    } catch (cause) {
      const error = new EventMapperError(mapper.name, mapper.event, { cause });
      // Only the kind of the cause: its message may quote the event's data.
      this.#logger.error(
        `${error.message} Cause: ${cause instanceof Error ? cause.name : typeof cause}.`,
        stackOf(cause),
      );
      if (this.options.recording.onInvalid === 'throw') throw error;
      return null;
    }
  }

  async #record(kind: Mapper['kind'], answer: object): Promise<void> {
    switch (kind) {
      case 'conversion': {
        const report = answer as Exclude<ReportedConversion, null>;
        const { sale, manager } = 'sale' in report ? report : { sale: report, manager: undefined };
        await this.conversions.record(sale, { manager });
        return;
      }
      case 'modification':
      case 'reversal':
        await this.#correct(kind, answer as Exclude<ReportedModification | ReportedReversal, null>);
    }
  }

  async #correct(
    kind: 'modification' | 'reversal',
    report: Exclude<ReportedModification | ReportedReversal, null>,
  ): Promise<void> {
    const { orderId, manager } = report;
    if (report.refund !== undefined) await this.conversions.refund(orderId, report.refund, { manager });
    // An answer without its part is refused by the same check as an empty one.
    else if (kind === 'modification') await this.conversions.modify(orderId, report.change!, { manager });
    else await this.conversions.reverse(orderId, report.reversal!, { manager });
  }

  /** Only our own messages are safe to log: those of a database driver can quote values. */
  #complain(mapper: Mapper, error: unknown): void {
    const why =
      error instanceof ImpactError ? error.message : error instanceof Error ? error.name : typeof error;
    this.#logger.error(`${mapper.name}() on "${mapper.event}": ${why}`);
  }

  #mappers(): Mapper[] {
    const wrappers = [...this.discovery.getProviders(), ...this.discovery.getControllers()];
    return wrappers.flatMap((wrapper) => {
      const instance: unknown = wrapper.isAlias ? null : wrapper.instance;
      if (instance === null || typeof instance !== 'object') return [];
      const prototype = (Object.getPrototypeOf(instance) ?? {}) as Record<string, unknown>;
      // What is made per request has no instance yet: each event gets one of its own.
      const made = (): Promise<unknown> =>
        this.moduleRef.resolve(wrapper.token, undefined, { strict: false });
      const isStatic = wrapper.isDependencyTreeStatic();
      return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
        const callback = prototype[method];
        if (typeof callback !== 'function') return [];
        const metadata = (Reflect.getMetadata(REPORT_METADATA, callback) ?? []) as ReportMetadata[];
        return metadata.map((one) => ({
          ...one,
          name: `${instance.constructor.name}.${method}`,
          call: (payload: unknown): unknown =>
            isStatic
              ? (callback.call(instance, payload) as unknown)
              : made().then((own) => callback.call(own, payload) as unknown),
        }));
      });
    });
  }

  async #emitter(mapper: string): Promise<Emitter> {
    let peer: { EventEmitter2: new () => Emitter };
    try {
      peer = (await import('@nestjs/event-emitter')) as never;
    } catch {
      throw new EventEmitterMissingError(mapper, 'package');
    }
    try {
      const emitter: Emitter = this.moduleRef.get(peer.EventEmitter2, { strict: false });
      return emitter;
    } catch {
      throw new EventEmitterMissingError(mapper, 'module');
    }
  }
}

/** The frames without the first line, which repeats the message. */
const stackOf = (error: unknown): string | undefined =>
  error instanceof Error
    ? error.stack
        ?.split('\n')
        .filter((line) => line.trimStart().startsWith('at '))
        .join('\n')
    : undefined;
