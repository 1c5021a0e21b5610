const BADGES: Readonly<Record<string, string>> = {
  Queued: 'info',
  'In Progress': 'info',
  Complete: '',
  PENDING: 'warn',
  tracked: 'info',
  modified: 'warn',
  restored: 'warn',
  reversed: 'bad',
  approved: 'good',
  cleared: 'good',
  APPROVED: 'good',
  REVERSED: 'bad',
};

/** The colour of a state. */
export const badgeOf = (state: string): string => BADGES[state] ?? '';

/** A change of money with its sign. */
export const signedText = (amount: string): string => (amount.startsWith('-') ? amount : `+${amount}`);

export const timeText = (date: Date | null): string =>
  date ? date.toISOString().slice(0, 19).replace('T', ' ') : '';

export function clockText(now: Date, ahead: number): string {
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  if (minutes === 0) return `${timeText(now)} UTC`;
  const days = Math.floor(minutes / 1_440);
  const hours = Math.floor((minutes % 1_440) / 60);
  const parts = [
    days > 0 && `${days} d`,
    hours > 0 && `${hours} h`,
    minutes % 60 > 0 && `${minutes % 60} min`,
  ];
  return `${timeText(now)} UTC (${parts.filter(Boolean).join(' ')} ${ahead > 0 ? 'ahead' : 'behind'})`;
}
