import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImpactSandbox } from 'nestjs-impact/sandbox';
import { createStore, type Store } from '../../examples/store/src/store.js';

/** A local impact.com and a store that reports to it, both over real HTTP on free ports. */
export interface Stage {
  readonly sandbox: ImpactSandbox;
  readonly store: Store;
  readonly databaseFile: string;
  strike(): Promise<void>;
}

/** How long the pretend payment company keeps the shop waiting. */
export const PAYMENT_NOTICE_AFTER = 1200;

export const ACCOUNT_CURRENCY = 'USD';

export async function setStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-impact-demo-'));
  const databaseFile = join(folder, 'store.sqlite');
  // Minutes at the real impact.com; here everybody is in a hurry.
  const sandbox = await ImpactSandbox.start({ settleAfter: '1s', accountCurrency: ACCOUNT_CURRENCY });
  const store = await createStore(
    {
      databaseFile,
      paymentNoticeAfter: PAYMENT_NOTICE_AFTER,
      impact: {
        ...sandbox.credentials,
        baseUrl: sandbox.url,
        allowAnyBaseUrl: true,
        mode: 'live',
        environment: 'demo',
        delivery: { pollInterval: '200ms' },
        verdicts: { sweepInterval: '500ms', lookupAfter: '1s', giveUpAfter: '4s' },
      },
    },
    ['warn', 'error', 'fatal'],
  );
  return {
    sandbox,
    store,
    databaseFile,
    strike: async () => {
      await store.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
