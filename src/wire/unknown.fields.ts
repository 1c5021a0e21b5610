import { KNOWN_PROPERTIES } from './field.catalog.js';
import { isRecord, namesOf } from './input.access.js';
import type { Findings } from './sale.findings.js';

/** A misspelt `totalDiscount` would be ignored in silence, and too much credited. */
export function remarkOnUnknown(source: unknown, group: string, findings: Findings): void {
  if (!isRecord(source)) return;
  const known = KNOWN_PROPERTIES.get(group);
  for (const name of namesOf(source)) {
    // Only names that a programmer wrote are repeated; keys made from data may hold anything.
    if (known?.has(name) !== false || !/^[A-Za-z_]\w{0,39}$/.test(name)) continue;
    const path = group === '' ? name : `${group === 'items' ? 'items[]' : group}.${name}`;
    findings.note(path, 'unknown-field', 'is not a field of a sale and was ignored; check its spelling.');
  }
}
