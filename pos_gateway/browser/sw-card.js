// The service worker of the member's pages: they open without a network, and quickly on a bad one.
import { address } from "./addresses.js";
import { Kept } from "./card/kept.js";
import { say } from "./words.js";

const FILES = ["style.css", "card.js", "icon.svg", "card.webmanifest"].map(address);
const PAGES = ["/card/", "/card/benefits", "/card/tickets", "/card/help"];
const SIGN_IN = "/card/sign-in";
const CACHE = `card ${FILES.join(" ")}`;
const PATIENCE_MS = 3_000;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (pathname.startsWith("/static/dist/")) event.respondWith(file(request));
});

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES);
  await keepPages();
  await self.skipWaiting();
}

async function activate() {
  const before = (await caches.keys()).filter((name) => name.startsWith("card ") && name !== CACHE);
  await Promise.all(before.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** From the network; from the cache where that says nothing in time. */
async function page(event) {
  const { pathname, search } = new URL(event.request.url);
  const kept = PAGES.includes(pathname) ? await caches.match(pathname) : undefined;
  const asked = fetched(event.request, pathname);
  // The language or the size of text was changed: the other pages are kept anew.
  if (/[?&](lang|large)=/.test(search)) event.waitUntil(asked.then(keepPages).catch(() => {}));
  if (kept) event.waitUntil(asked.catch(() => {}));
  if (pathname === SIGN_IN) event.waitUntil(asked.then(forget).catch(() => {}));
  try {
    return await (kept ? Promise.race([asked, late(kept)]) : asked);
  } catch {
    return kept ?? offline();
  }
}

async function fetched(request, pathname) {
  const answer = await fetch(request);
  await keep(pathname, answer);
  return answer;
}

/** Nobody is signed in any more: without a network too this phone shows no code. */
async function forget({ status }) {
  if (status === 200) await (await Kept.ofAnybody()).forget();
}

async function keep(pathname, answer) {
  if (!PAGES.includes(pathname) || answer.status !== 200 || answer.type !== "basic") return;
  const cache = await caches.open(CACHE);
  await cache.put(pathname, answer.clone());
}

async function keepPages() {
  for (const path of PAGES) {
    const asked = fetch(path, { redirect: "manual", credentials: "same-origin" });
    const answer = await asked.catch(() => null);
    if (answer) await keep(path, answer);
  }
}

function late(kept) {
  return new Promise((resolve) => setTimeout(() => resolve(kept.clone()), PATIENCE_MS));
}

function offline() {
  const title = say("没有网络", "No network");
  const text = say("这一页要连上网才能看。会员码没有网络也能用。", "This page needs a network. Your code works without.");
  const link = say("打开我的卡", "Open my card");
  const style = address("style.css");
  const body = `<!doctype html><html lang="${say("zh-CN", "en")}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<link rel="stylesheet" href="${style}"><main><h1>${title}</h1><p>${text}</p>
<p><a class="button main" href="/card/">${link}</a></p></main></html>`;
  const headers = { "Content-Type": "text/html; charset=utf-8" };
  return new Response(body, { status: 503, headers });
}
