import { Inject, Injectable } from '@nestjs/common';
import {
  IMPACT_DATABASE,
  type ImpactDatabase,
  padded,
  placeholders,
  run,
  text,
  textOrNull,
} from '../database/index.js';
import { type MovesOfSale, writeMoves } from './correction.moves.js';
import { picturesOf } from './correction.pictures.js';
import { type CorrectionMove, type CorrectionPicture, storedCorrectionOf } from './correction.row.js';
import type { Claim, SaleKey, Stamp } from './ledger.types.js';
import { tell } from './story.statements.js';
import { cancelUnsent, releaseCancelled } from './unsent.statements.js';

/** What a look at a sale's corrections decided. */
export interface DecidedCorrections {
  readonly moves: readonly CorrectionMove[];
  readonly sale: 'cancel' | 'release' | null;
}

const keyOf = ({ program, eventType, orderId }: SaleKey): string[] => [program, eventType, orderId];

/**
 * Corrections on their way to the vendor.
 *
 * - A look takes the sale's row for itself: two processes never decide about one sale at the same time, so a
 *   sale has one correction under way at most.
 * - A look that dies leaves corrections that become due again by themselves.
 */
@Injectable()
export class CorrectionLedger {
  constructor(@Inject(IMPACT_DATABASE) private readonly database: ImpactDatabase) {}

  /** Orders with a correction that is due. Others see them again only after the lease. */
  async claim(stamp: Stamp, limit: number, lease: number): Promise<SaleKey[]> {
    const { database } = this;
    return database.write(function* () {
      const { rows } = yield* run(
        `SELECT id, program, event_type, order_id FROM impact_corrections WHERE account = ? AND environment = ? ` +
          `AND due_at <= ${database.now()} ORDER BY due_at LIMIT ?${database.dialect.skipLocked}`,
        [stamp.account, stamp.environment, limit],
      );
      if (rows.length === 0) return [];
      const ids = padded(rows.map((row) => text(row, 'id')));
      yield* run(
        `UPDATE impact_corrections SET due_at = ${database.now()} + ${Math.trunc(lease)}, looks = looks + 1 ` +
          `WHERE id IN (${placeholders(ids.length)})`,
        ids,
      );
      const keys = rows.map((row) => ({
        program: text(row, 'program'),
        eventType: text(row, 'event_type'),
        orderId: text(row, 'order_id'),
      }));
      return [...new Map(keys.map((key) => [JSON.stringify(keyOf(key)), key])).values()];
    });
  }

  /**
   * Decides about the corrections of some orders, and writes it, with nobody else in between.
   *
   * @returns what was decided, in the order of the keys.
   */
  async decide<D extends DecidedCorrections>(
    stamp: Stamp,
    keys: readonly SaleKey[],
    decision: (picture: CorrectionPicture) => D,
  ): Promise<D[]> {
    const { database } = this;
    return database.write(function* () {
      const pictures = yield* picturesOf(database, stamp, keys);
      const decisions: D[] = [];
      const written: MovesOfSale[] = [];
      for (const picture of pictures) {
        const decided = decision(picture);
        decisions.push(decided);
        const { sale } = picture;
        if (sale !== null && decided.sale === 'cancel') {
          // An attempt has begun meanwhile: looked at again when it has an outcome.
          if (!(yield* cancelUnsent(database, sale.id))) continue;
        }
        if (sale !== null && decided.sale === 'release') yield* releaseCancelled(database, sale.id);
        written.push({ picture, moves: decided.moves });
      }
      yield* writeMoves(database, stamp, written);
      return decisions;
    });
  }

  /** Claims, the oldest first. */
  async claims(stamp: Stamp, open: boolean | null): Promise<Claim[]> {
    const settled = open === null ? '' : ` AND settled_at IS ${open ? '' : 'NOT '}NULL`;
    const { rows } = await this.database.read(() =>
      run(
        `SELECT * FROM impact_corrections WHERE account = ? AND environment = ? AND claim IS NOT NULL${settled} ` +
          `ORDER BY recorded_at, id`,
        [stamp.account, stamp.environment],
      ),
    );
    return rows.map((row): Claim => {
      const { id, orderId, key, kind, claim, settledAt, settledBy } = storedCorrectionOf(row);
      const { at, ...facts } = claim!;
      return { id, orderId, key, kind, ...facts, openedAt: new Date(at), settledAt, settledBy };
    });
  }

  /** `false` when there is no such claim, or somebody has settled it already. */
  async settleClaim(stamp: Stamp, id: string, settledBy: { by: string; why: string }): Promise<boolean> {
    const { database } = this;
    return database.write(function* () {
      const { affected } = yield* run(
        `UPDATE impact_corrections SET settled_at = ${database.now()}, settled_by = ? ` +
          `WHERE id = ? AND account = ? AND environment = ? AND claim IS NOT NULL AND settled_at IS NULL`,
        [JSON.stringify(settledBy), id, stamp.account, stamp.environment],
      );
      if (affected === 0) return false;
      const { rows } = yield* run(`SELECT conversion, correction_key FROM impact_corrections WHERE id = ?`, [
        id,
      ]);
      const sale = textOrNull(rows[0]!, 'conversion');
      if (sale !== null) {
        yield* tell(database, sale, 'claim-settled', { key: text(rows[0]!, 'correction_key'), ...settledBy });
      }
      return true;
    });
  }
}
