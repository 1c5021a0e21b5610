// What a landing page that Nest does not serve loads. Comments and indents are taken out when it is served.
// Before consent the landing URL is kept in this variable only; after it, the token is kept in localStorage.
((w, e, names, key) => {
  const s = document.currentScript;
  if (s && s.src) e = s.src.replace(/\/script\.js.*$/, '');
  const url = location.href;
  const landed = names.some((n) => new URLSearchParams(location.search).has(n));
  let done;
  const store = (f) => {
    try {
      return f(localStorage);
      // oxlint-disable-next-line no-unused-vars -- optional binding is younger than ES2017
    } catch (_) {
      return null;
    }
  };
  const send = async () => {
    const old = store((l) => l.getItem(key));
    if (!landed) return old;
    try {
      const r = await fetch(e, { method: 'POST', body: url, credentials: 'include', keepalive: true });
      const { token } = await r.json();
      if (token) store((l) => l.setItem(key, token));
      return token || old;
      // oxlint-disable-next-line no-unused-vars
    } catch (_) {
      return old;
    }
  };
  let resolve;
  const c = (w.impactClick = {
    token: new Promise((r) => (resolve = r)),
    consent: (yes) => {
      if (yes) {
        c.token = done = done || send();
        resolve(done);
      } else {
        done = null;
        store((l) => l.removeItem(key));
        resolve(null);
        c.token = Promise.resolve(null);
      }
      return c.token;
    },
  });
  const given = w.impactConsent;
  if (given != null) void c.consent(given === true || given === 'granted');
})(window, ENDPOINT, PARAMETERS, 'impact_click');
