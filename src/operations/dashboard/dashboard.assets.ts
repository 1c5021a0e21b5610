import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { stylesheet } from '../../pages/index.js';

export interface DashboardAsset {
  readonly type: string;
  readonly text: string;
  /** Changes with the text. */
  readonly version: string;
}

export type AssetName = 'pages.css' | 'uplot.css' | 'uplot.js' | 'charts.js';

const { resolve } = createRequire(import.meta.url);
const fromPackage = (path: string): string => readFileSync(resolve(path), 'utf8');

const SOURCES: Readonly<Record<AssetName, () => string>> = {
  'pages.css': stylesheet,
  'uplot.css': () => fromPackage('uplot/dist/uPlot.min.css'),
  'uplot.js': () => fromPackage('uplot/dist/uPlot.iife.min.js'),
  'charts.js': () => readFileSync(new URL('./assets/charts.js', import.meta.url), 'utf8'),
};

/** Everything that a page loads: from the app itself, never from elsewhere. Read when it is asked for first. */
export class DashboardAssets {
  readonly #known = new Map<string, DashboardAsset>();

  /** Null when there is no such asset. */
  find(name: string): DashboardAsset | null {
    return Object.hasOwn(SOURCES, name) ? this.#read(name as AssetName) : null;
  }

  /** Its address, which changes with its text: browsers may keep it. */
  link(to: string, name: AssetName): string {
    return `${to}assets/${name}?v=${this.#read(name).version}`;
  }

  #read(name: AssetName): DashboardAsset {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const text = SOURCES[name]();
    const asset = {
      type: `text/${name.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`,
      text,
      version: createHash('sha256').update(text).digest('hex').slice(0, 12),
    };
    this.#known.set(name, asset);
    return asset;
  }
}
