/** `GET /Actions/{id}`: a call by its kind, without the account and without ids. */
export function routeOf(method: string, path: string): string {
  const parts = path
    .replace(/^\/Advertisers\/[^/]+/, '')
    .split('/')
    .slice(1);
  return `${method} /${parts.map((part, index) => (index % 2 === 0 ? part : '{id}')).join('/')}`;
}
