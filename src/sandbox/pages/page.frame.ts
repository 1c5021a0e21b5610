import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { createPages, type Pages } from '../../pages/index.js';
import { explainReason } from '../rules/reason.codes.js';
import { Sandbox } from '../state/sandbox.state.js';
import { badgeOf, clockText, signedText, timeText } from './page.words.js';

const TABS = [
  { href: '/', label: 'Start' },
  { href: '/clicks', label: 'Clicks' },
  { href: '/submissions', label: 'Submissions' },
  { href: '/actions', label: 'Actions' },
  { href: '/faults', label: 'Faults' },
  { href: '/clock', label: 'Clock' },
  { href: '/requests', label: 'Requests' },
];

/** Nothing is loaded from elsewhere, and no script runs. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Newest rows that a page shows; the HTTP API has them all. */
export const ROWS_SHOWN = 200;

@Injectable()
export class PageFrame {
  private readonly pages: Pages = createPages({ viewsDir: new URL('../views/', import.meta.url) });

  constructor(@Inject(Sandbox) private readonly sandbox: Sandbox) {}

  send(response: Response, view: string, tab: string | null, data: object = {}): void {
    const html = this.pages.render(view, {
      ...data,
      badge: badgeOf,
      explain: explainReason,
      time: timeText,
      signed: signedText,
      frame: {
        product: 'impact.com sandbox',
        home: '/',
        stylesheet: '/pages.css',
        navigation: TABS.map((entry) => ({ ...entry, current: entry.href === tab })),
        note: clockText(this.sandbox.clock.now(), this.sandbox.clock.ahead()),
      },
    });
    response
      .status(200)
      .setHeader('Content-Type', 'text/html; charset=utf-8')
      .setHeader('Content-Security-Policy', POLICY)
      .setHeader('Cache-Control', 'no-store')
      .setHeader('Referrer-Policy', 'same-origin')
      .setHeader('X-Content-Type-Options', 'nosniff')
      .send(html);
  }
}
