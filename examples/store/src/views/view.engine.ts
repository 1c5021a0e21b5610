import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { formatPrice } from '../catalog/money.js';

// <%= %> escapes HTML; no view prints anything of a customer's in another way.
const eta = new Eta({ views: fileURLToPath(new URL('./', import.meta.url)), autoEscape: true, cache: true });

const dateTime = new Intl.DateTimeFormat('en-US', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
});

/** At hand in every view, beside what the controller returned and what the visitor middleware found. */
const helpers = { price: formatPrice, time: (date: Date): string => dateTime.format(date) };

/** Lets Express render `.eta` files: `app.engine('eta', etaEngine)`. */
export function etaEngine(path: string, data: object, done: (error: unknown, html?: string) => void): void {
  try {
    done(null, eta.render(basename(path, extname(path)), { ...helpers, ...data }));
  } catch (error) {
    done(error);
  }
}
