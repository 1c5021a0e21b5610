import { compiled } from './sources.mjs';

export default async function tearDown() {
  const { tearDown: leaveDatabases } = await import(
    await compiled(new URL('databases.setup.ts', import.meta.url))
  );
  await leaveDatabases();
}
