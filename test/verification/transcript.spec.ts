import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { meddlingProxy } from './support/meddling.proxy.js';
import { steady, transcript } from './support/transcript.js';
import { VerifyStage } from './support/verify.stage.js';

/** `UPDATE_TRANSCRIPTS=1` writes what docs/verification.md shows; without it the page is held to be true. */
describe('what docs/verification.md shows', () => {
  let stage: VerifyStage;
  beforeAll(async () => {
    stage = await VerifyStage.open({ sandbox: { seed: 7 } });
  });
  afterAll(async () => {
    await stage.close();
  });

  const shown = (text: string): string =>
    steady(text, { sandbox: stage.sandbox.url, store: stage.store.url }).trimEnd();

  it('is a run that goes well, and its report', async () => {
    const { out, err } = await stage.verify(['--link', stage.link(), '--report', 'report'], {
      person: (page) => stage.buys(page),
    });
    const asked = err.slice(err.indexOf('Now place'), err.indexOf('Ctrl-C ends')).trimEnd();
    expect(shown(asked)).toBe(transcript('asked', shown(asked)));
    expect(shown(out)).toBe(transcript('proved', shown(out)));
    const { markdown } = await stage.reports();
    const excerpt = markdown
      .slice(markdown.indexOf('## The way of the click'), markdown.indexOf('## Link, click'))
      .trimEnd();
    expect(shown(excerpt)).toBe(transcript('report', shown(excerpt)));
  });

  it('is a run whose link loses the query', async () => {
    const proxy = await meddlingProxy(stage.store.url, 'redirect', (path) => path.split('?', 1)[0]!);
    try {
      const { out } = await stage.verify(['--link', stage.link(`${proxy.url}/`)]);
      const failed = out.slice(out.indexOf('FAIL'), out.indexOf('\nFAIL Cookie'));
      expect(shown(failed)).toBe(transcript('failed', shown(failed)));
    } finally {
      await proxy.close();
    }
  });
});
