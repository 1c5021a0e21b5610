import {
  type ImpactDatabase,
  integer,
  integerOrNull,
  json,
  run,
  type Script,
  textOrNull,
} from '../database/index.js';
import type { Stamp } from './ledger.types.js';
import type { PartnerCode } from './promo-code.rules.js';

/** Whose codes. */
export interface PromoCodeKey extends Stamp {
  readonly program: string;
}

const OF_PROGRAM = `account = ? AND environment = ? AND program = ?`;
const keyOf = ({ account, environment, program }: PromoCodeKey): string[] => [account, environment, program];
type Now = Pick<ImpactDatabase, 'now'>;

/** What is known of the stored codes without reading them. */
export interface CodesOutlook {
  /** When they were read, in epoch milliseconds; null: never. */
  readonly reading: number | null;
  /** It is somebody's turn to read them again. */
  readonly isDue: boolean;
}

/** Nobody has the turn, they are older than that, and sales with codes came since. */
const due = (now: string): string =>
  `(lease_until IS NULL OR lease_until <= ${now}) AND asked_at IS NOT NULL ` +
  `AND (fetched_at IS NULL OR (fetched_at <= ${now} - ? AND asked_at > fetched_at))`;

/** @param olderThan milliseconds. */
export function* codesOutlook(database: Now, key: PromoCodeKey, olderThan: number): Script<CodesOutlook> {
  const { rows } = yield* run(
    `SELECT fetched_at, CASE WHEN ${due(database.now())} THEN 1 ELSE 0 END AS is_due ` +
      `FROM impact_promo_codes WHERE ${OF_PROGRAM}`,
    [olderThan, ...keyOf(key)],
  );
  const [row] = rows;
  return row === undefined
    ? { reading: null, isDue: false }
    : { reading: integerOrNull(row, 'fetched_at'), isDue: integer(row, 'is_due') === 1 };
}

export function* storedCodes(key: PromoCodeKey): Script<PartnerCode[]> {
  const { rows } = yield* run(`SELECT codes FROM impact_promo_codes WHERE ${OF_PROGRAM}`, keyOf(key));
  const [row] = rows;
  return row === undefined || textOrNull(row, 'codes') === null ? [] : (json(row, 'codes') as PartnerCode[]);
}

/** Sales with codes are being recorded. */
export function* markAsked(
  database: Pick<ImpactDatabase, 'now' | 'dialect'>,
  key: PromoCodeKey,
): Script<void> {
  yield* run(
    database.dialect.upsert(
      {
        table: 'impact_promo_codes',
        columns: ['account', 'environment', 'program'],
        computed: { asked_at: database.now() },
        conflict: ['account', 'environment', 'program'],
      },
      (fresh) => ({ asked_at: fresh('asked_at') }),
    ),
    keyOf(key),
  );
}

/** Takes the right to read the codes, when it is somebody's turn still. */
export function* takeTurn(
  database: Now,
  key: PromoCodeKey,
  { token, lease, olderThan }: { readonly token: string; readonly lease: number; readonly olderThan: number },
): Script<boolean> {
  const now = database.now();
  const { affected } = yield* run(
    `UPDATE impact_promo_codes SET lease_token = ?, lease_until = ${now} + ? WHERE ${OF_PROGRAM} AND ${due(now)}`,
    [token, lease, ...keyOf(key), olderThan],
  );
  return affected > 0;
}

export function* storeCodes(
  database: Now,
  key: PromoCodeKey,
  token: string,
  codes: readonly PartnerCode[],
): Script<void> {
  yield* run(
    `UPDATE impact_promo_codes SET codes = ?, fetched_at = ${database.now()}, lease_token = NULL, lease_until = NULL ` +
      `WHERE ${OF_PROGRAM} AND lease_token = ?`,
    [JSON.stringify(codes), ...keyOf(key), token],
  );
}

/** They could not be read; worth another try after so many milliseconds. */
export function* giveTurnBack(database: Now, key: PromoCodeKey, token: string, after: number): Script<void> {
  yield* run(
    `UPDATE impact_promo_codes SET lease_token = NULL, lease_until = ${database.now()} + ? ` +
      `WHERE ${OF_PROGRAM} AND lease_token = ?`,
    [after, ...keyOf(key), token],
  );
}
