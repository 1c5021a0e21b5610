export { createDashboardController } from './dashboard.controller.js';
export { DASHBOARD_PROVIDERS } from './dashboard.providers.js';
