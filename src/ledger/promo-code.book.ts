import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../config/index.js';
import { IMPACT_DATABASE, type ImpactDatabase, newId } from '../database/index.js';
import {
  choosePromoCode,
  type PartnerCode,
  type PromoCodeChoice,
  promoCodeDirectory,
  type PromoCodeDirectory,
} from './promo-code.rules.js';
import {
  codesOutlook,
  giveTurnBack,
  markAsked,
  type PromoCodeKey,
  storeCodes,
  storedCodes,
  takeTurn,
} from './promo-code.statements.js';

/** Codes that change more often than this are decided by the vendor in any case. */
const FRESH_FOR = 3_600_000;
/** A process that dies while it reads the codes keeps others waiting for so long. */
const LEASE = 300_000;

/**
 * The account's promo codes, shared by every process on the database, and in this one's memory: recording a
 * sale asks no database and nobody else which of its codes is a partner's.
 */
@Injectable()
export class PromoCodeBook {
  #directory: PromoCodeDirectory | null = null;
  /** Which reading of the codes the directory was made of. */
  #reading: number | null = null;
  #asked = false;

  constructor(
    @Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions,
    @Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase,
  ) {}

  /** Whether a sale with codes was recorded here since that was told to the others. */
  get wasAsked(): boolean {
    return this.#asked;
  }

  /** Codes of the account that this version does not read. */
  get unread(): number {
    return this.#directory?.unread ?? 0;
  }

  /** @param at when the sale was made. `null` for a sale without codes. */
  choose(codes: readonly string[], at: Date): PromoCodeChoice | null {
    if (codes.length === 0) return null;
    this.#asked = true;
    return choosePromoCode(codes, this.#directory, at.getTime());
  }

  /**
   * Takes over what this or another process has read: one statement when there is nothing new.
   *
   * @returns whether it is somebody's turn to read the codes again.
   */
  async load(): Promise<boolean> {
    const key = this.#key();
    const { reading, isDue } = await this.database.read(() => codesOutlook(this.database, key, FRESH_FOR));
    if (reading === null || reading === this.#reading) return isDue;
    const codes = await this.database.read(() => storedCodes(key));
    this.#directory = promoCodeDirectory(codes);
    this.#reading = reading;
    return isDue;
  }

  /** Tells every process that sales with codes are being recorded. */
  async tell(): Promise<void> {
    if (!this.#asked) return;
    this.#asked = false;
    await this.database.write(() => markAsked(this.database, this.#key()));
  }

  /** The right to read the codes at the vendor, for one process and at most once an hour; `null` when it is not the time. */
  async takeTurn(): Promise<string | null> {
    const token = newId();
    const turn = { token, lease: LEASE, olderThan: FRESH_FOR };
    return (await this.database.write(() => takeTurn(this.database, this.#key(), turn))) ? token : null;
  }

  async store(token: string, codes: readonly PartnerCode[]): Promise<void> {
    await this.database.write(() => storeCodes(this.database, this.#key(), token, codes));
  }

  /** @param tried whether the vendor was asked: then it is not asked again within the hour. */
  async giveTurnBack(token: string, tried: boolean): Promise<void> {
    const after = tried ? FRESH_FOR : 0;
    await this.database.write(() => giveTurnBack(this.database, this.#key(), token, after));
  }

  #key(): PromoCodeKey {
    const { accountSid: account, environment, program } = this.options;
    return { account, environment, program };
  }
}
