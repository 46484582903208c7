// Bundles the scripts and styles of the pages into the folder it is told, each under a name that
// changes with what is in it, and writes manifest.json: which name is which file.
import { build } from "esbuild";
import { copyFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

const out = process.argv[2];
await rm(out, { recursive: true, force: true });

const { metafile } = await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: ["src/app.ts", "src/call.ts", "src/upload.ts", "src/charts.ts", "css/app.css"],
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  minify: true,
  legalComments: "linked",
  metafile: true,
  loader: { ".svg": "dataurl" },
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
});

await copyFile(new URL("icon.svg", import.meta.url), join(out, "icon.svg"));
const manifest = {};
for (const [path, made] of Object.entries(metafile.outputs)) {
  if (made.entryPoint) manifest[basename(made.entryPoint).replace(/\.ts$/, ".js")] = basename(path);
}
await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
