// Keeps the page's files, so that it speaks without a network once it has been loaded.

const KEPT = "page-VERSION";
const SHELL = [
  "./",
  "style.css",
  "page.js",
  "recording.js",
  "spectrogram.js",
  "wav.js",
  "player.js",
  "settings.json",
];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(SHELL)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith("page-") && name !== KEPT) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  // Players ask for parts of a file, which cannot be kept.
  if (request.url.startsWith(new URL("samples", registration.scope).href)) return;
  event.respondWith(
    (async () => {
      const cache = await caches.open(KEPT);
      const plain = request.url.replace(/\/index\.html(?=$|[?#])/, "/");
      const kept = await cache.match(plain, { ignoreSearch: true });
      if (kept) return kept;
      const answer = await fetch(request);
      if (answer.ok) await cache.put(request, answer.clone());
      return answer;
    })(),
  );
});
