import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';

export interface PagesOptions {
  /** Folder that holds the caller's `.eta` views: a path, or a URL made with `new URL('./views/', import.meta.url)`. */
  viewsDir: string | URL;
}

export interface Pages {
  /**
   * Renders `<viewsDir>/<view>.eta` with `data` as `it`. `<%= %>` escapes HTML; a view never uses `<%~ %>` on
   * anything that came from outside. Views wrap themselves with `<% layout('@layout', { title, … }) %>`.
   */
  render(view: string, data?: object): string;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** One engine for every page of the package: same escaping, same layout, same stylesheet. */
export function createPages(options: PagesOptions): Pages {
  const { viewsDir } = options;
  const eta = new Eta({
    views: viewsDir instanceof URL ? fileURLToPath(viewsDir) : viewsDir,
    autoEscape: true,
    cache: true,
  });
  eta.loadTemplate('@layout', readFileSync(here('./views/layout.eta'), 'utf8'));
  return { render: (view, data = {}) => eta.render(view, data) };
}

/** The stylesheet of every page, to be served by the app itself: no page loads anything from elsewhere. */
export function stylesheet(): string {
  return readFileSync(here('./pages.css'), 'utf8');
}
