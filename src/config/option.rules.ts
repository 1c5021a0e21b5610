import { ValidateBy, type ValidationOptions } from 'class-validator';
import { DURATION_RULE, readDuration } from './duration.js';

/** What a timer of Node can wait; longer delays fire at once. */
const LONGEST_TIMER = 2_147_483_647;
/** Ten years: beyond it a window is a mistake in the unit. */
const LONGEST_WINDOW = 3_650 * 86_400_000;

/** Rule and fix of an option, in the shape that class-validator carries them. */
export const told = (rule: string, fix: string): ValidationOptions => ({ message: rule, context: { fix } });

/** An option for which `test` must hold. */
export const Meets = (test: (value: unknown) => boolean, rule: string, fix: string): PropertyDecorator =>
  ValidateBy({ name: 'meets', validator: { validate: test } }, told(rule, fix));

/** Text that matches a pattern as a whole. */
export const TextLike = (pattern: RegExp, rule: string, fix: string): PropertyDecorator =>
  Meets((value) => typeof value === 'string' && pattern.test(value), rule, fix);

/** Text, or a whole number written as one, that matches a pattern. */
export const DigitsLike = (pattern: RegExp, rule: string, fix: string): PropertyDecorator =>
  Meets(
    (value) => (typeof value === 'string' || Number.isSafeInteger(value)) && pattern.test(String(value)),
    rule,
    fix,
  );

/** A list without repetitions, each of whose texts matches a pattern. */
export const ListOf = (pattern: RegExp, rule: string, fix: string): PropertyDecorator =>
  Meets((value) => isListOf(pattern, value) && (value as unknown[]).length > 0, rule, fix);

/** A list, which may be empty, without repetitions. */
export const isListOf = (pattern: RegExp, value: unknown): boolean =>
  Array.isArray(value) &&
  new Set(value).size === value.length &&
  value.every((entry) => typeof entry === 'string' && pattern.test(entry));

export const WholeNumber = (least: number, most: number): PropertyDecorator =>
  Meets(
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    `a whole number from ${least} to ${most}`,
    'give a number in that range, or leave the option out for its default',
  );

export const OneOf = (...allowed: readonly string[]): PropertyDecorator => {
  const list = allowed.map((value) => `'${value}'`).join(' or ');
  return Meets(
    (value) => allowed.includes(value as string),
    allowed.length === 1 ? `${list}, the only one so far` : list,
    'use one of these words, or leave the option out for its default',
  );
};

export const Flag = (): PropertyDecorator =>
  Meets(
    (value) => typeof value === 'boolean',
    'true or false',
    "write true or false; text such as 'false' or 'no' is not converted",
  );

const durationBetween = (least: number, most: number, bounds: string): PropertyDecorator =>
  Meets(
    (value) => {
      const milliseconds = readDuration(value);
      return milliseconds !== null && milliseconds >= least && milliseconds <= most;
    },
    `${DURATION_RULE}; ${bounds}`,
    "write it like '500ms', '30s', '15m', '24h' or '30d', or leave the option out for its default",
  );

/** How long a timer waits. */
export const Interval = (least = 1): PropertyDecorator =>
  durationBetween(
    least,
    LONGEST_TIMER,
    `at least ${least}ms and at most 24d, the longest that a timer can wait`,
  );

/** How long something counts. */
export const Window = (least = 1): PropertyDecorator =>
  durationBetween(least, LONGEST_WINDOW, `at least ${least}ms and at most 3650d`);
