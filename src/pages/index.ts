export { createPages, stylesheet, type Pages, type PagesOptions } from './pages.renderer.js';
