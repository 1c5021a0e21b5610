import { DashboardForms } from './dashboard.form.js';
import { DashboardFrame } from './dashboard.frame.js';
import { DashboardPages } from './dashboard.pages.js';
import { OrderPages } from './order.pages.js';

/** Only there when the dashboard is. */
export const DASHBOARD_PROVIDERS = [DashboardForms, DashboardFrame, DashboardPages, OrderPages] as const;
