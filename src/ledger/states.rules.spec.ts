import { describe, expect, it } from '@jest/globals';
import { type ConversionState, mayChange, STATE_CHANGES, statesBefore } from './states.rules.js';

const ALL = Object.keys(STATE_CHANGES) as ConversionState[];

describe('states of a sale', () => {
  it.each<[ConversionState, ConversionState]>([
    ['RECORDED', 'SENT'],
    ['SENT', 'CREDITED'],
    ['CREDITED', 'APPROVED'],
    ['APPROVED', 'CLEARED'],
    ['SENT', 'REJECTED'],
    ['SENT', 'UNATTRIBUTED'],
    ['UNATTRIBUTED', 'CREDITED'],
    ['REJECTED', 'RECORDED'],
    ['UNDELIVERABLE', 'RECORDED'],
    ['DRY_RUN', 'RECORDED'],
    ['REVERSED', 'CREDITED'],
    ['RECORDED', 'APPROVED'],
    ['CLEARED', 'CREDITED'],
    ['UNDELIVERABLE', 'CREDITED'],
  ])('allow %s → %s', (from, to) => {
    expect(mayChange(from, to)).toBe(true);
  });

  it.each<[ConversionState, ConversionState]>([
    ['SENT', 'RECORDED'],
    ['SENT', 'CANCELLED'],
    ['CREDITED', 'SENT'],
    ['CREDITED', 'UNATTRIBUTED'],
    ['CREDITED', 'REJECTED'],
    ['CANCELLED', 'RECORDED'],
    ['SKIPPED', 'SENT'],
    ['DRY_RUN', 'SENT'],
    ['CLEARED', 'UNATTRIBUTED'],
  ])('refuse %s → %s', (from, to) => {
    expect(mayChange(from, to)).toBe(false);
  });

  it('never lead from a state to itself', () => {
    for (const state of ALL) expect(mayChange(state, state)).toBe(false);
  });

  it('reach every state', () => {
    expect(ALL.filter((state) => statesBefore(state).length === 0)).toEqual([]);
  });
});
