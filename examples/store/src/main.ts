import { createStore } from './store.js';

const store = await createStore({
  port: Number(process.env['PORT'] ?? 3000),
  databaseFile: process.env['STORE_DATABASE'] ?? 'store.sqlite',
});
// Deliveries under way are finished and clicks are written before the process ends.
store.app.enableShutdownHooks();
console.log(`The store is open at ${store.url}`);
