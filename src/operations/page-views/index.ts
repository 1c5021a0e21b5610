export { PageViewReporter, type PageViewCounts } from './page-view.reporter.js';
