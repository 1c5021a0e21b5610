export type Level = 'good' | 'warning' | 'bad';

/** One thing that was looked at. Holds no secret and no customer's data. */
export interface Finding {
  /** What was looked at: a few words, stable. */
  readonly about: string;
  readonly level: Level;
  readonly says: string;
  /** What to do; `null` where nothing need be done. */
  readonly fix: string | null;
}

export const good = (about: string, says: string): Finding => ({ about, level: 'good', says, fix: null });
export const warning = (about: string, says: string, fix: string): Finding => ({
  about,
  level: 'warning',
  says,
  fix,
});
export const bad = (about: string, says: string, fix: string): Finding => ({
  about,
  level: 'bad',
  says,
  fix,
});
