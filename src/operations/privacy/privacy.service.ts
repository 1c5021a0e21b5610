import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { InvalidSubjectError, subjectLinks } from '../../clicks/index.js';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { IMPACT_DATABASE, type ImpactDatabase, type Script, storable } from '../../database/index.js';
import { emailDigests, isEmailAddress, isEmailDigest, withoutEmailAddresses } from '../../wire/index.js';
import { ERASED_AT_ONCE, PersonEraser } from './person.eraser.js';
import { PersonStatements } from './person.statements.js';
import {
  addedUp,
  type Erasure,
  type ErasureOptions,
  NOTHING_ERASED,
  type PersonalData,
  type PersonNamed,
} from './privacy.types.js';

/** Longest text that is kept of who and why. */
const LONGEST = 1000;

/** Answers the people whose purchases are in the ledger. */
@Injectable()
export class PrivacyService {
  readonly #eraser: PersonEraser;
  readonly #statements = new PersonStatements();

  constructor(
    @Inject(IMPACT_OPTIONS) options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
  ) {
    this.#eraser = new PersonEraser(database, new Set(options.retention.keptFields));
  }

  /**
   * Takes a customer out of every table. What stays says nothing of a person: money, order id, click id,
   * subscription, fingerprint, and what impact.com said of the sale.
   *
   * - By customer id: their sales and clicks. By e-mail address: the sales that were recorded with it. Give both
   *   where you know both.
   * - A sale that was not sent goes out without the person; one that nothing is left of to give it to anybody is
   *   `SKIPPED`. A call under way at that moment is made as it was.
   * - Done in short transactions: begun again after a crash, it goes on. Done twice, the second time finds nothing.
   * - The same order recorded again is the same sale and brings nothing back.
   * - impact.com keeps what was sent: ask them as well.
   *
   * @param who the shop's customer id, or what else the person was recorded by.
   * @returns rows by table.
   * @throws InvalidSubjectError for an empty id or address, and for an address in the place of an id.
   */
  async eraseCustomer(who: string | PersonNamed, options: ErasureOptions = {}): Promise<Erasure> {
    const { customer, digests, names } = named(who);
    const reason = { ...cleaned(options), names };
    let erased = NOTHING_ERASED;
    const eraser = this.#eraser;
    if (customer !== null) {
      const statements = this.#statements;
      erased = addedUp(
        erased,
        await this.#batches(function* () {
          const ids = yield* statements.salesOfCustomer(customer, ERASED_AT_ONCE);
          return ids.length === 0 ? null : yield* eraser.erase(ids, reason);
        }),
      );
      erased = addedUp(erased, await this.#batches(() => statements.forgetVisits(customer)));
    }
    for await (const ids of this.#salesWith(digests)) {
      erased = addedUp(erased, await this.database.write(() => eraser.erase(ids, reason)));
    }
    return erased;
  }

  /**
   * Everything that is stored about a person.
   *
   * @throws InvalidSubjectError as {@link eraseCustomer} does.
   */
  async personalData(who: string | PersonNamed): Promise<PersonalData> {
    const { customer, digests } = named(who);
    const statements = this.#statements;
    const sales = new Map<string, PersonalData['sales'][number]>();
    if (customer !== null) {
      const found = await this.database.read(() => statements.toldOfCustomer(customer));
      for (const [id, sale] of found) sales.set(id, sale);
    }
    for await (const ids of this.#salesWith(digests)) {
      for (const [id, sale] of await this.database.read(() => statements.told(ids))) sales.set(id, sale);
    }
    const clicks = customer === null ? [] : await this.database.read(() => statements.clicksOf(customer));
    return { sales: [...sales.values()], clicks };
  }

  /** One transaction after the other until one finds nothing. */
  async #batches(batch: () => Script<Erasure | null>): Promise<Erasure> {
    let total = NOTHING_ERASED;
    for (;;) {
      const done = await this.database.write(batch);
      if (done === null) return total;
      total = addedUp(total, done);
      // SQLite answers at once: others have to get their turn.
      await setImmediate();
    }
  }

  /**
   * Sales that were recorded with an e-mail address, in batches. There is no index of addresses, and there
   * should be none: the table is read through, a stretch at a time.
   */
  async *#salesWith(digests: readonly string[]): AsyncGenerator<string[]> {
    if (digests.length === 0) return;
    let after = '';
    for (;;) {
      const from = after;
      const { last, found } = await this.database.read(() => this.#statements.salesWithEmail(digests, from));
      for (let at = 0; at < found.length; at += ERASED_AT_ONCE) yield found.slice(at, at + ERASED_AT_ONCE);
      if (last === null) return;
      after = last;
      await setImmediate();
    }
  }
}

interface Named {
  readonly customer: string | null;
  readonly digests: readonly string[];
  readonly names: readonly string[];
}

function named(who: string | PersonNamed): Named {
  const { customer, email } = typeof who === 'string' ? { customer: who, email: undefined } : who;
  if (email === undefined) return { customer: customerOf(customer), digests: [], names: [] };
  if (typeof email !== 'string' || (!isEmailAddress(email) && !isEmailDigest(email))) {
    throw new InvalidSubjectError(
      'This is neither an e-mail address nor its SHA-1 or SHA-256 in hexadecimal. Pass the address as the customer typed it.',
    );
  }
  const digests = emailDigests(email);
  return {
    customer: customer === undefined ? null : customerOf(customer),
    digests,
    names: [email.trim(), ...digests],
  };
}

function customerOf(customer: string | undefined): string {
  const [link] = subjectLinks(customer === undefined ? {} : { customer });
  return link!.subject;
}

const cleaned = ({ by, why }: ErasureOptions): ErasureOptions => ({
  ...(by === undefined ? {} : { by: storable(by.slice(0, LONGEST)) }),
  ...(why === undefined ? {} : { why: withoutEmailAddresses(storable(why.slice(0, LONGEST))) }),
});
