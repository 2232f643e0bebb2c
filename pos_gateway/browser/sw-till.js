// The service worker of a till: its pages open without a line, and what it queued is sent later.
import { address } from "./addresses.js";
import { Known } from "./known.js";
import { Queue } from "./queue.js";
import { Sending } from "./sending.js";
import { say } from "./words.js";

const FILES = [
  "style.css",
  "till.js",
  "icon.svg",
  "till.webmanifest",
  "scanner.js",
  "zxing_reader.wasm",
].map(address);
const PAGES = ["/till/", "/till/today", "/till/owed"];
const CACHE = `till ${FILES.join(" ")}`;
const PATIENCE_MS = 3_000;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("sync", (event) => {
  if (event.tag === "till-flush") event.waitUntil(flush());
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (pathname.startsWith("/static/dist/")) event.respondWith(file(request));
});

async function install() {
  const cache = await caches.open(CACHE);
  await Promise.all(FILES.map((path) => keepFile(cache, path)));
  await keepPages();
  await self.skipWaiting();
}

/** A file that has not changed since the version before is not fetched again. */
async function keepFile(cache, path) {
  const kept = await caches.match(path);
  await (kept ? cache.put(path, kept) : cache.add(path));
}

async function activate() {
  const before = (await caches.keys()).filter((name) => name.startsWith("till ") && name !== CACHE);
  await Promise.all(before.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function file(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

/** From the network; from the cache where that says nothing in time. */
async function page(event) {
  const { pathname, search } = new URL(event.request.url);
  const path = pathname + (search.startsWith("?of=") ? search : "");
  const kept = PAGES.includes(path) ? await caches.match(path) : undefined;
  const asked = fetched(event.request, path);
  // The language or the size of text was changed: the other pages are kept anew.
  if (/[?&](lang|large)=/.test(search)) event.waitUntil(asked.then(keepPages).catch(() => {}));
  if (kept) event.waitUntil(asked.catch(() => {}));
  try {
    return await (kept ? Promise.race([asked, late(kept)]) : asked);
  } catch {
    return kept ?? offline();
  }
}

async function fetched(request, path) {
  const answer = await fetch(request);
  if (PAGES.includes(path) && answer.type === "opaqueredirect") await forgetPages();
  await keep(path, answer);
  return answer;
}

/** It is no till any more: it was sent where one is paired. */
async function forgetPages() {
  const cache = await caches.open(CACHE);
  for (const path of PAGES) await cache.delete(path);
}

async function keep(path, answer) {
  const isPage = answer.status === 200 && answer.type === "basic" && !answer.redirected;
  if (!PAGES.includes(path) || !isPage) return;
  await (await caches.open(CACHE)).put(path, answer.clone());
}

async function keepPages() {
  for (const path of PAGES) {
    const asked = { redirect: "manual", credentials: "same-origin" };
    const answer = await fetch(path, asked).catch(() => null);
    if (answer) await keep(path, answer);
  }
}

function late(kept) {
  return new Promise((resolve) => setTimeout(() => resolve(kept.clone()), PATIENCE_MS));
}

/** Send what the till did without a line, though its page may be closed. */
async function flush() {
  const { body } = await Known.open();
  if (!body) return;
  const till = { merchantId: body.merchant.merchant_id, tillId: body.till_id };
  const { left, problem } = await new Sending(await Queue.open(till)).flush();
  for (const page of await self.clients.matchAll()) page.postMessage("flushed");
  if (left && problem?.isUnanswered) throw problem; // the browser asks once more, later
}

function offline() {
  const title = say("没有网络", "No network");
  const text = say("这一页要连上网才能看。收银没有网络也能用。", "This page needs a network. The counter works without.");
  const link = say("打开收银", "Open the counter");
  const style = address("style.css");
  const body = `<!doctype html><html lang="${say("zh-CN", "en")}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<link rel="stylesheet" href="${style}"><main><h1>${title}</h1><p>${text}</p>
<p><a class="button main" href="/till/">${link}</a></p></main></html>`;
  return new Response(body, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}
