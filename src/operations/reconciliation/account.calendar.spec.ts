import { describe, expect, it } from '@jest/globals';
import { AccountCalendar, isCalendarDate, knownTimeZone } from './account.calendar.js';

describe('knownTimeZone', () => {
  it.each([
    ['America/Los_Angeles', 'America/Los_Angeles'],
    [' Europe/Berlin ', 'Europe/Berlin'],
    ['UTC', 'UTC'],
    // The vendor's offset and the name of the zone have opposite signs.
    ['GMT-07:00', 'Etc/GMT+7'],
    ['GMT+02:00', 'Etc/GMT-2'],
    ['UTC+3', 'Etc/GMT-3'],
    ['GMT+00:00', 'UTC'],
    ['GMT+05:30', null],
    ['Pacific Time (US & Canada)', null],
    ['', null],
  ])('%j is %j', (told, name) => {
    expect(knownTimeZone(told)).toBe(name);
  });
});

describe('isCalendarDate', () => {
  it.each([
    ['2026-10-01', true],
    ['2028-02-29', true],
    ['2026-02-29', false],
    ['2026-13-01', false],
    ['2026-10-00', false],
    ['2026-1-1', false],
    ['2026-10-01T00:00:00Z', false],
    ['', false],
  ])('%j: %j', (value, is) => {
    expect(isCalendarDate(value)).toBe(is);
  });
});

describe('AccountCalendar', () => {
  it.each([
    ['UTC', '2026-10-01', '2026-10-01T00:00:00.000Z'],
    ['America/Los_Angeles', '2026-10-01', '2026-10-01T07:00:00.000Z'],
    ['America/Los_Angeles', '2026-12-01', '2026-12-01T08:00:00.000Z'],
    ['Asia/Kolkata', '2026-10-01', '2026-09-30T18:30:00.000Z'],
    ['Pacific/Kiritimati', '2026-10-01', '2026-09-30T10:00:00.000Z'],
    ['Etc/GMT+12', '2026-10-01', '2026-10-01T12:00:00.000Z'],
    // Clocks go forward at 02:00 and back at 02:00: the day has 23 and 25 hours.
    ['America/Los_Angeles', '2026-03-08', '2026-03-08T08:00:00.000Z'],
    ['America/Los_Angeles', '2026-03-09', '2026-03-09T07:00:00.000Z'],
    ['America/Los_Angeles', '2026-11-01', '2026-11-01T07:00:00.000Z'],
    ['America/Los_Angeles', '2026-11-02', '2026-11-02T08:00:00.000Z'],
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00.000Z'],
    // Midnight did not happen: clocks went from 00:00 to 01:00.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z'],
    // Nor did the whole day.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z'],
  ])('in %s, %s begins at %s', (timeZone, date, at) => {
    expect(new Date(new AccountCalendar(timeZone).startOf(date)).toISOString()).toBe(at);
  });

  it.each(['America/Los_Angeles', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo'])(
    'in %s, every day of two years ends where the next begins',
    (timeZone) => {
      const calendar = new AccountCalendar(timeZone);
      for (let day = Date.UTC(2018, 0, 1); day < Date.UTC(2020, 0, 1); day += 9 * 86_400_000) {
        const date = new Date(day).toISOString().slice(0, 10);
        const start = calendar.startOf(date);
        expect(calendar.dateOf(start)).toBe(date);
        expect(calendar.dateOf(start - 1) < date).toBe(true);
      }
    },
  );

  it('counts months in the zone of the account', () => {
    const calendar = new AccountCalendar('America/Los_Angeles');
    const end = Date.parse('2026-11-01T07:00:00Z');
    expect(calendar.endOfMonth('2026-10')).toBe(end);
    expect(calendar.monthOf(end - 1)).toBe('2026-10');
    expect(calendar.monthOf(end)).toBe('2026-11');
    expect(calendar.endOfMonth('2026-12')).toBe(Date.parse('2027-01-01T08:00:00Z'));
  });
});
