import { beforeEach, describe, expect, it } from '@jest/globals';
import { PauseAnnouncer } from './pause.announcer.js';

const CREDENTIALS = { scope: 'all', for: 60_000, loud: true, reason: 'Check the token.' } as const;
const SCOPE = { scope: 'reads', for: 60_000, loud: true, reason: 'Give it the scope.' } as const;
const LIMIT = { scope: 'all', for: 60_000, loud: false, reason: 'The limit.' } as const;

describe('a pause is said', () => {
  let heard: string[];
  let now: number;
  let announcer: PauseAnnouncer;
  beforeEach(() => {
    heard = [];
    now = 1000;
    const hear = (level: string) => (message: string) => void heard.push(`${level}: ${message}`);
    announcer = new PauseAnnouncer({ error: hear('error'), warn: hear('warn'), log: hear('log') }, () => now);
  });

  it('once, with the fix, for rows that fail together and for every failed probe', () => {
    for (let failures = 1; failures < 50; failures += 1) {
      announcer.shut(CREDENTIALS, failures);
      now += 900_000;
      announcer.standing(['all', 'sales'], [{ scope: 'all' }]);
    }
    expect(heard).toEqual(['error: All calls of the account are paused. Check the token.']);
  });

  it('once per kind of call, whatever succeeds of another kind', () => {
    announcer.shut(SCOPE, 1);
    announcer.opened(['all', 'sales']);
    announcer.shut(SCOPE, 2);
    announcer.shut({ ...SCOPE, scope: 'sales' }, 1);
    expect(heard).toHaveLength(2);
  });

  it('and that it goes on, once, and then the next one', () => {
    announcer.shut(SCOPE, 1);
    announcer.opened(['all', 'reads']);
    announcer.opened(['all', 'reads']);
    expect(heard.slice(1)).toEqual(['log: Look-ups are not paused any more.']);
    announcer.shut(SCOPE, 1);
    expect(heard).toHaveLength(3);
  });

  it('again after another process has opened it, but not because a claim was older than the pause', () => {
    announcer.shut(CREDENTIALS, 1);
    now += 59_999;
    announcer.standing(['reads'], []);
    announcer.standing(['all'], []);
    announcer.shut(CREDENTIALS, 1);
    expect(heard).toHaveLength(1);
    now += 1;
    announcer.standing(['all'], []);
    announcer.shut(CREDENTIALS, 1);
    expect(heard.map((line) => line.split(':')[0])).toEqual(['error', 'log', 'error']);
  });

  it('as a warning, and only when it lasts, when it passes by itself', () => {
    for (let failures = 1; failures <= 6; failures += 1) announcer.shut(LIMIT, failures);
    expect(heard).toEqual(['warn: All calls of the account are paused. The limit.']);
  });
});
