// Builds what pages load: node build.mjs <folder with node_modules> <folder to write to>.
//
// Names stay plain; an address carries the hash of the content. So that a file may know the
// addresses of others, they are built in turns: what stands in a later turn knows those before it.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const [packages, written] = process.argv.slice(2).map((path) => resolve(path));
const sources = dirname(fileURLToPath(import.meta.url));
const modules = join(packages, "node_modules");
const esbuild = createRequire(join(packages, "package.json"))("esbuild");

const COPIED = ["zxing-wasm/dist/reader/zxing_reader.wasm", "altcha/dist/workers/pbkdf2.js"];
const TURNS = [
  ["style.css", "scanner.js"],
  ["card.js", "till.js", "desk.js", "passkey.js"],
  ["sw-card.js", "sw-till.js"],
];
const WORTH_COMPRESSING = /\.(css|js|svg|wasm|webmanifest)$/;

const addresses = {};
const made = new Set();

async function write(name, content) {
  const path = join(written, name);
  // A gateway that runs meanwhile never reads half a file.
  await writeFile(`${path}.unfinished`, content);
  await rename(`${path}.unfinished`, path);
  made.add(name);
}

async function keep(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  addresses[name] = `/static/dist/${name}?v=${hash}`;
  const names = WORTH_COMPRESSING.test(name) ? [name, `${name}.br`, `${name}.gz`] : [name];
  if (before.addresses[name] === addresses[name] && names.every((one) => before.names.has(one))) {
    for (const one of names) made.add(one); // to compress the reader's wasm takes seconds
    return;
  }
  await write(name, content);
  if (names.length === 1) return;
  await write(`${name}.br`, brotliCompressSync(content));
  await write(`${name}.gz`, gzipSync(content, { level: 9 }));
}

async function bundle(names) {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: sources,
    entryPoints: names,
    bundle: true,
    define: { ADDRESSES: JSON.stringify(addresses) },
    external: ["/static/*"],
    format: "esm",
    legalComments: "inline",
    logLevel: "warning",
    // htmx may evaluate attributes; that is switched off where it starts.
    logOverride: { "direct-eval": "silent" },
    minify: true,
    nodePaths: [modules],
    outdir: written,
    target: ["chrome97", "firefox115", "safari15.4"],
    write: false,
  });
  for (const file of outputFiles) await keep(basename(file.path), file.contents);
}

await mkdir(written, { recursive: true });
const before = { addresses: {}, names: new Set(await readdir(written)) };
if (before.names.has("addresses.json")) {
  before.addresses = JSON.parse(await readFile(join(written, "addresses.json")));
}
const own = (await readdir(join(sources, "public"))).sort();
for (const path of COPIED) await keep(basename(path), await readFile(join(modules, path)));
for (const name of own) await keep(name, await readFile(join(sources, "public", name)));
for (const names of TURNS) await bundle(names);
await write("addresses.json", JSON.stringify(addresses, null, 1));
for (const name of before.names) if (!made.has(name)) await rm(join(written, name), { force: true });
