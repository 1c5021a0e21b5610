/**
 * Waits until the sockets of database drivers are gone: mysql2 says goodbye, and lets a socket go when the
 * server has hung up. To be kept first, so that it runs last.
 */
export async function quietSockets(): Promise<void> {
  const open = (): boolean => process.getActiveResourcesInfo().includes('TCPSocketWrap');
  for (let look = 0; look < 200 && open(); look += 1) await new Promise((resolve) => setTimeout(resolve, 10));
}
