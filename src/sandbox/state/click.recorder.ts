import { Inject, Injectable } from '@nestjs/common';
import { sha1 } from '../rules/action.view.js';
import { isAllowedDeepLink, landingAddress } from '../rules/landing.rules.js';
import type { Partner, Program } from '../sandbox.settings.js';
import type { SandboxClick } from '../sandbox.types.js';
import { Sandbox } from './sandbox.state.js';

export interface FollowedLink {
  readonly program: Program;
  readonly partner: Partner;
  readonly adId: string;
  readonly query: Readonly<Record<string, string>>;
  readonly ip: string;
  readonly userAgent: string;
}

/** What the gateway does with somebody who follows a tracking link (docs/vendor-contract.md §11.1). */
@Injectable()
export class ClickRecorder {
  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  /** Keeps the click and answers where to go. */
  follow({ program, partner, adId, query, ip, userAgent }: FollowedLink): SandboxClick {
    const { store, ids, clock, url, linkedDomains } = this.sandbox;
    const deepLink = query['u'] ?? '';
    const domains = program.deepLinkDomains ?? linkedDomains.get(program.id) ?? [];
    const allowed = deepLink !== '' && isAllowedDeepLink(deepLink, domains);
    const landingUrl = allowed ? deepLink : (program.landingUrl ?? `${url}/landing`);
    const id = ids.click();
    const sharedId = query['sharedid'] ?? '';
    const click: SandboxClick = {
      id,
      at: clock.now(),
      programId: program.id,
      adId,
      partnerId: partner.id,
      partnerName: partner.name,
      landingUrl,
      redirectedTo: landingAddress(landingUrl, {
        clickId: id,
        clickIdParameter: program.clickIdParameter,
        partnerId: partner.id,
        partnerName: partner.name,
        programId: program.id,
        adId,
        sharedId,
      }),
      sharedId,
      subIds: [query['subId1'] ?? '', query['subId2'] ?? '', query['subId3'] ?? ''],
      ipHash: sha1(ip),
      userAgent,
      test: partner.test,
      malformed: deepLink !== '' && !allowed,
    };
    store.clicks.set(id, click);
    return click;
  }
}
