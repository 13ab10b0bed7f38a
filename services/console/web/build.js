// Builds the page into dist/: one script, one style sheet, the map. `node build.js --check` builds into
// memory and fails where dist/ differs.
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const here = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");

// [ISO 3166-1 alpha-2, alpha-3] by the numeric code that the map has.
const codes = {};
for (const [two, three, number] of require("i18n-iso-countries/codes.json")) {
  codes[number] = [two, three];
}

// Only shapes and codes: names come from the browser.
function world() {
  const atlas = JSON.parse(readFileSync(require.resolve("world-atlas/countries-110m.json"), "utf8"));
  const strip = (shape) => ({ type: shape.type, arcs: shape.arcs, id: codes[shape.id]?.[1] });
  const geometries = atlas.objects.countries.geometries.map(strip);
  const objects = { countries: { type: "GeometryCollection", geometries } };
  return JSON.stringify({ type: "Topology", objects, arcs: atlas.arcs, transform: atlas.transform });
}

const virtual = {
  name: "codes",
  setup(build) {
    build.onResolve({ filter: /^codes$/ }, () => ({ path: "codes", namespace: "codes" }));
    build.onLoad({ filter: /.*/, namespace: "codes" }, () => {
      return { contents: JSON.stringify(Object.values(codes)), loader: "json" };
    });
  },
};

async function bundle(entry) {
  const result = await build({
    entryPoints: [`src/${entry}`],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2021",
    charset: "utf8",
    legalComments: "none",
    write: false,
    absWorkingDir: here,
    plugins: [virtual],
  });
  return result.outputFiles[0].text;
}

// The licences of what is bundled ask for their notices.
function notices() {
  const packages = ["d3-array", "d3-geo", "diff", "internmap", "topojson-client", "world-atlas", "i18n-iso-countries"];
  const notice = (name) => {
    const text = readFileSync(`${here}/node_modules/${name}/LICENSE`, "utf8").trim();
    const { version, license } = JSON.parse(readFileSync(`${here}/node_modules/${name}/package.json`));
    return `${name} ${version} (${license})\n\n${text}\n`;
  };
  return packages.map(notice).join("\n----\n\n");
}

const read = (name) => readFileSync(`${here}/src/${name}`, "utf8");
const files = {
  "index.html": read("index.html"),
  "icon.svg": read("icon.svg"),
  "app.js": await bundle("main.js"),
  "app.css": await bundle("style.css"),
  "world.json": world(),
  "NOTICE.txt": notices(),
};

const dist = `${here}/dist`;
mkdirSync(dist, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  if (process.argv.includes("--check")) {
    if (readFileSync(`${dist}/${name}`, "utf8") !== text) {
      console.error(`services/console/web/dist/${name} is not what its source gives: npm run build`);
      process.exitCode = 1;
    }
  } else {
    writeFileSync(`${dist}/${name}`, text);
  }
}
