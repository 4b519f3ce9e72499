import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The core, lowest first: each folder imports only itself and those before it. */
const core = ["quantity", "numerics", "market", "pricing", "risk", "clearing", "predict", "proof"];
/** The edge may import the core and, among itself, only what stands before it. */
const edge = ["service", "chain", "cli"];
/** Pure packages that the core may import. */
const corePackages = [
  "typebox",
  "typebox/value",
  "@noble/hashes/sha2.js",
  "@noble/hashes/sha3.js",
  "@noble/hashes/utils.js",
];

interface Source {
  readonly file: string;
  readonly text: string;
}

function sourcesIn(folder: string): Source[] {
  const base = join(root, folder);
  if (!existsSync(base)) return [];
  return readdirSync(base, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.endsWith(".as.ts"))
    .sort()
    .map((name) => ({
      file: relative(root, join(base, name)),
      text: readFileSync(join(base, name), "utf8"),
    }));
}

/** Import and export-from targets of a source, comments left out. */
function targetsOf({ text }: Source): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
}

function codeOf({ text }: Source): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
}

for (const layer of core) {
  const sources = sourcesIn(`src/${layer}`);
  if (sources.length === 0) continue;
  test(`${layer} imports only lower layers and pure packages`, () => {
    const allowed = core.slice(0, core.indexOf(layer) + 1);
    for (const source of sources) {
      for (const target of targetsOf(source)) {
        if (target.startsWith(".")) {
          const path = relative(join(root, "src"), join(root, dirname(source.file), target));
          assert.ok(allowed.includes(path.split(/[\\/]/)[0]!), `${source.file} imports ${target}`);
        } else assert.ok(corePackages.includes(target), `${source.file} imports package ${target}`);
      }
    }
  });

  test(`${layer} has no clock, entropy, effects or host transcendental`, () => {
    const forbidden: readonly [RegExp, string][] = [
      [/\bDate\b/, "a clock"],
      [/\bperformance\b/, "a clock"],
      [
        /\bMath\s*\.\s*(?!abs\b|max\b|min\b|floor\b|ceil\b|round\b|trunc\b|sign\b|sqrt\b|imul\b|clz32\b|fround\b)\w+/,
        "host mathematics",
      ],
      [/\bMath\s*\[/, "host mathematics by index"],
      [/(?<!n)\s\*\*(?!=)(?!\s*(?:BigInt|\d+n))/, "** on numbers"],
      [/\*\*=/, "**="],
      [/\b(?:fetch|setTimeout|setInterval|queueMicrotask|setImmediate)\s*\(/, "an effect"],
      [/\bprocess\s*\./, "the process"],
      [/\bcrypto\s*\./, "entropy"],
      [/\bconsole\s*\./, "output"],
      [/\btoLocale\w*\s*\(|\bIntl\b|\blocaleCompare\b/, "the locale"],
    ];
    for (const source of sources) {
      const code = codeOf(source);
      for (const [pattern, what] of forbidden) {
        const match = pattern.exec(code);
        assert.equal(match, null, `${source.file} uses ${what}: ${match?.[0]}`);
      }
    }
  });
}

test("edge folders import the core and only earlier edge folders", () => {
  for (const layer of edge) {
    const allowed = [...core, ...edge.slice(0, edge.indexOf(layer) + 1)];
    for (const source of sourcesIn(`src/${layer}`)) {
      for (const target of targetsOf(source)) {
        if (!target.startsWith(".")) continue;
        const path = relative(join(root, "src"), join(root, dirname(source.file), target));
        if (path.startsWith("..")) continue; // params and package.json
        assert.ok(allowed.includes(path.split(/[\\/]/)[0]!), `${source.file} imports ${target}`);
      }
    }
  }
});

/** Emulations of other systems: rules beside the core, whole sequences in clearing. */
const emulations = [join("src", "risk", "venues"), join("src", "clearing", "peers")];

test("emulations touch no money of our own: nothing in the core outside them imports them", () => {
  for (const layer of core) {
    for (const source of sourcesIn(`src/${layer}`)) {
      if (emulations.some((folder) => source.file.startsWith(folder))) continue;
      for (const target of targetsOf(source)) assert.doesNotMatch(target, /\/(venues|peers)\//, source.file);
    }
  }
});
