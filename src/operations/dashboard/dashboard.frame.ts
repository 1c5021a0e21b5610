import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { IMPACT_OPTIONS, type ResolvedImpactOptions } from '../../config/index.js';
import { createPages, type Pages } from '../../pages/index.js';
import { DashboardAssets } from './dashboard.assets.js';
import type { PageLinks } from './dashboard.request.js';
import { ageText, badgeOf, countText, meaningOf, moneyText, shareText, timeText } from './dashboard.words.js';

/** A page as it goes out. */
export interface DashboardPage {
  readonly status: number;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FrameOptions {
  readonly links: PageLinks;
  /** Which of the tabs is open; null for a page that none leads to. */
  readonly tab: 'overview' | 'owed' | 'sales' | 'differences' | null;
  readonly status?: number;
  /** Has charts. */
  readonly charts?: boolean;
  /** What was searched for. */
  readonly sought?: string;
}

const TABS = [
  ['overview', 'Overview'],
  ['sales', 'Sales'],
  ['owed', 'Owed'],
  ['differences', 'Differences'],
] as const;

/** Nothing is loaded from elsewhere, and only our own scripts run. */
const policy = (nonce: string): string =>
  `default-src 'none'; style-src 'self'; script-src 'nonce-${nonce}'; img-src data:; form-action 'self'; ` +
  `base-uri 'none'; frame-ancestors 'none'`;

/** What all pages have in common: layout, tabs, stylesheet, and what the browser may do. */
@Injectable()
export class DashboardFrame {
  readonly assets = new DashboardAssets();
  readonly #pages: Pages = createPages({ viewsDir: new URL('./views/', import.meta.url) });

  constructor(@Inject(IMPACT_OPTIONS) private readonly options: ResolvedImpactOptions) {}

  render(view: string, frame: FrameOptions, data: object): DashboardPage {
    const { links, tab, status = 200, charts = false, sought = '' } = frame;
    const nonce = randomBytes(16).toString('base64url');
    const { mode, environment } = this.options;
    const html = this.#pages.render(view, {
      ...data,
      to: links.to,
      badge: badgeOf,
      means: meaningOf,
      time: timeText,
      age: ageText,
      count: countText,
      share: shareText,
      money: moneyText,
      address: encodeURIComponent,
      frame: {
        product: 'nestjs-impact',
        home: links.home,
        stylesheet: this.assets.link(links.to, 'pages.css'),
        styles: charts ? [this.assets.link(links.to, 'uplot.css')] : [],
        scripts: charts
          ? [this.assets.link(links.to, 'uplot.js'), this.assets.link(links.to, 'charts.js')]
          : [],
        nonce,
        navigation: TABS.map(([name, label]) => ({
          href: name === 'overview' ? links.home : links.to + name,
          label,
          current: name === tab,
        })),
        note: `${mode} · ${environment}`,
        find: { action: `${links.to}sales`, value: sought },
      },
    });
    return { status, html, headers: { ...HEADERS, 'Content-Security-Policy': policy(nonce) } };
  }
}

const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  // Not 'no-referrer': a form would then be sent without its origin.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex, nofollow',
};
