import type { ConversionState } from '../ledger/index.js';
import type { Colour } from './output.js';

const COLOURS: Readonly<Partial<Record<ConversionState, Colour>>> = {
  CREDITED: 'green',
  APPROVED: 'green',
  CLEARED: 'green',
  REJECTED: 'red',
  UNDELIVERABLE: 'red',
  DRY_RUN: 'yellow',
  REVERSED: 'yellow',
};

export const stateColour = (state: ConversionState): Colour => COLOURS[state] ?? 'cyan';
