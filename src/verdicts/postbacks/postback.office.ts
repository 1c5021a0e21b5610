import { Inject, Injectable, Logger } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { type Clock, IMPACT_CLOCK } from '../../database/index.js';
import { bodyOf, fieldsOf, type PostbackRequest, queryOf } from './postback.body.js';
import { PostbackCounters } from './postback.counters.js';
import { SECRET_HEADER, SECRET_PARAMETER, secretCheck, sourceCheck } from './postback.guard.js';
import { PostbackLedger } from './postback.ledger.js';
import { type Postback, readPostback } from './postback.rules.js';
import { RationedLog } from './rationed.log.js';

/** Longest that a caller waits for the database, in milliseconds. */
const PATIENCE = 10_000;

/** What a call is answered with; there is never a body. */
export type PostbackStatus = 200 | 400 | 403 | 413 | 503;

/**
 * Decides about one call of the endpoint.
 *
 * - Source and secret come first: who does not know the secret learns nothing, whatever else is wrong.
 * - 200 only after the ledger has stored it. Also for orders that the ledger does not have and for another
 *   program's: to repeat these would not help.
 * - 503 while the ledger cannot store it.
 * - No line of the log holds anything that the caller sent.
 */
@Injectable()
export class PostbackOffice {
  readonly #knowsSecret: (given: string | null) => boolean;
  readonly #mayCall: (address: string | undefined) => boolean;
  readonly #log: RationedLog;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_CLOCK) clock: Clock,
    @Inject(PostbackLedger) private readonly ledger: PostbackLedger,
    @Inject(PostbackCounters) private readonly counters: PostbackCounters,
  ) {
    const logger = new Logger('ImpactPostbacks');
    this.#log = new RationedLog((line) => logger.warn(line), clock);
    this.#knowsSecret = secretCheck(options.postbacks.secrets);
    this.#mayCall = sourceCheck(options.postbacks.sources);
  }

  /** @param hasBody whether a body counts: of a GET none does. */
  async answer(request: PostbackRequest, hasBody: boolean): Promise<PostbackStatus> {
    this.counters.received();
    if (!this.#mayCall(request.ip)) {
      this.counters.ignored('foreign-source');
      this.#log.say(
        'foreign-source',
        'A call from an address outside of postbacks.sources was refused. If it is impact.com, add its range; ' +
          'behind a proxy, tell the app which proxies to trust (docs/postbacks.md).',
      );
      return 403;
    }
    const query = queryOf(request);
    if (!this.#knowsSecret(secretOf(request, query))) {
      this.counters.ignored('wrong-secret');
      this.#log.say(
        'wrong-secret',
        'A call without the right secret was refused. If it is impact.com, compare the secret in its settings ' +
          'with postbacks.secret (IMPACT_POSTBACK_SECRET).',
      );
      return 403;
    }
    query.delete(SECRET_PARAMETER);
    const body = hasBody ? await bodyOf(request) : { fields: new Map<string, unknown>() };
    if ('refused' in body) {
      this.counters.ignored(body.refused);
      this.#log.say(
        body.refused,
        body.refused === 'too-large'
          ? 'A notification was larger than 16 kB and was refused. Shorten the body template in impact.com.'
          : 'The body of a notification is neither a JSON object nor a form. Compare the template in impact.com ' +
              'with docs/postbacks.md.',
      );
      return body.refused === 'too-large' ? 413 : 400;
    }
    return this.#take(readPostback(fieldsOf([...body.fields, ...query]), this.options));
  }

  async #take(postback: Postback): Promise<PostbackStatus> {
    switch (postback.is) {
      case 'foreign':
        this.counters.ignored(`foreign-${postback.what}`);
        return 200;
      case 'unusable':
        this.counters.ignored('unusable');
        this.#log.say(
          'unusable',
          `A notification does not tell {${postback.missing}}, so nothing can be done with it. ` +
            'Add the macro to the template in impact.com (docs/postbacks.md).',
        );
        return 400;
      case 'action':
        return this.#store(postback);
    }
  }

  async #store(postback: Extract<Postback, { is: 'action' }>): Promise<PostbackStatus> {
    try {
      const stored = await inTime(this.ledger.store(postback));
      if (stored === 'late') return this.#failed('the database did not answer in time');
      if (stored === 'applied') this.counters.applied();
      else this.counters.ignored(stored);
      return 200;
    } catch (error) {
      return this.#failed(error instanceof Error ? error.name : 'unknown error');
    }
  }

  #failed(why: string): PostbackStatus {
    this.counters.failed();
    this.#log.say(
      'failed',
      `A notification could not be stored (${why}) and was answered 503. ` +
        'The next walk over the actions finds the change; look after the database.',
    );
    return 503;
  }
}

/** A secret that is given twice, in whatever way, is none. */
function secretOf({ headers }: PostbackRequest, query: URLSearchParams): string | null {
  const header = headers[SECRET_HEADER];
  const given = [...query.getAll(SECRET_PARAMETER), ...(header === undefined ? [] : [header].flat())];
  return given.length === 1 ? given[0]! : null;
}

/** A caller is not kept waiting for a database that does not answer. What was begun may still be stored. */
async function inTime<T>(work: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), PATIENCE);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
