import { span } from '../layout.rules.js';
import { bad, type Finding, good, warning } from './finding.js';

const WORTH_SAYING = 5_000;
const TOO_MUCH = 300_000;

/**
 * How far another clock is from this process's.
 *
 * @param whose e.g. `database`.
 * @param ahead milliseconds that it is ahead.
 * @param precision milliseconds that the reading may be wrong by.
 */
export function clockFinding(whose: string, ahead: number, precision: number): Finding {
  const about = `clock of ${whose}`;
  const away = Math.max(0, Math.abs(ahead) - precision);
  if (away < WORTH_SAYING)
    return good(about, `agrees with this process to ${span(Math.max(1000, WORTH_SAYING))}`);
  const says = `is ${span(away)} ${ahead > 0 ? 'ahead of' : 'behind'} this process`;
  const fix =
    'Let both machines keep time (NTP): a sale whose date lies in the future, or before its click, is not credited.';
  return away < TOO_MUCH ? warning(about, says, fix) : bad(about, says, fix);
}
