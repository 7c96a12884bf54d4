// Builds the launcher and the panel into pages/static/built, prints their sizes and fails over the budget.
// With --tests it bundles the unit tests for node's own test runner instead.
import { copyFileSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, "..", "pages", "static", "built");

const BUNDLES = [
  { entry: "src/launcher.ts", file: "widget.js", budgetBytes: 3 * 1024 },
  { entry: "src/panel/main.ts", file: "chat.js", budgetBytes: 27 * 1024 },
];

// What the desk's pages load as it is.
const COPIES = { "node_modules/htmx.org/dist/htmx.min.js": "htmx.min.js" };

const shared = { absWorkingDir: here, bundle: true, target: "es2022", charset: "utf8", logLevel: "warning" };

async function buildBundles() {
  for (const { entry, file } of BUNDLES) {
    await build({
      ...shared,
      entryPoints: [entry],
      outfile: join(built, file),
      format: "iife",
      minify: true,
      legalComments: "none",
      plugins: [shrinkTemplates],
    });
  }
}

function copyLibraries() {
  for (const [from, to] of Object.entries(COPIES)) copyFileSync(join(here, from), join(built, to));
}

/** Whitespace between tags and around CSS punctuation means nothing in our templates: leave it out. */
const shrinkTemplates = {
  name: "shrink-templates",
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/](view|style)[^\\/]*\.ts$|[\\/]view[\\/].*\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: readFileSync(path, "utf8")
        .replace(/(css`)([^`]*)`/g, (_, open, css) => `${open}${shrinkCss(css)}\``)
        .replace(/>\s*\n\s*</g, "><"),
    }));
  },
};

function shrinkCss(css) {
  return css
    .replace(/\/\*.*?\*\//gs, "")
    .replace(/\s+/g, " ")
    .replace(/\s*([{};,])\s*/g, "$1")
    .replace(/: /g, ":")
    .replace(/;}/g, "}");
}

function reportSizes() {
  let over = false;
  for (const { file, budgetBytes } of BUNDLES) {
    const gzipped = gzipSync(readFileSync(join(built, file)), { level: 9 }).length;
    over ||= gzipped > budgetBytes;
    console.log(
      `${file.padEnd(10)} ${gzipped} bytes gzipped of ${budgetBytes}${gzipped > budgetBytes ? "  OVER BUDGET" : ""}`,
    );
  }
  if (over) process.exit(1);
}

if (process.argv.includes("--tests")) {
  rmSync(join(here, "out"), { recursive: true, force: true });
  const tests = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...shared,
    entryPoints: tests.map((name) => join("test", name)),
    outdir: "out/test",
    platform: "node",
    format: "esm",
  });
} else {
  await buildBundles();
  copyLibraries();
  reportSizes();
}
