// Packs the package as it would be published, installs it beside its dependencies, and uses it as a stranger would.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { exampleNames } from "../scripts/examples-page.ts";
import { libraryExample } from "../scripts/readme.ts";
import { demoCommand } from "../src/cli/demo.ts";
import { parseMarket, parsePortfolio, syntheticHistory } from "../src/market/index.ts";
import { withFittedSurfaces } from "../src/pricing/index.ts";
import { parseMarginParameters, portfolioMargin } from "../src/risk/index.ts";
import { venueModels } from "../src/risk/venues/index.ts";

interface Manifest {
  readonly version: string;
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, "..");
const manifest: Manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const subpaths = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === "string" ? [] : [{ subpath, target }],
);

const temporary = mkdtempSync(join(tmpdir(), "plimsoll-package-"));
const app = join(temporary, "app");
const installed = join(app, "node_modules", "plimsoll");

/** Runs Node in the project that has the package installed. */
async function node(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [...args], { cwd: app, timeout: 60_000 });
  return stdout;
}
const cli = (...args: readonly string[]): Promise<string> =>
  node(join(installed, "dist/cli/bin.js"), ...args);

function pack(): void {
  const stage = join(temporary, "stage");
  mkdirSync(stage);
  // whatever a clone holds; "files" chooses
  for (const name of ["package.json", "README.md", "LICENSE", "CHANGELOG.md"]) {
    cpSync(join(root, name), join(stage, name));
  }
  for (const name of ["docs", "examples", "params", "schemas", "scripts", "src", "test"]) {
    cpSync(join(root, name), join(stage, name), { recursive: true });
  }
  execFileSync(process.execPath, [join(root, "scripts/build.mjs"), "--out", join(stage, "dist")], {
    stdio: ["ignore", 2, 2],
  });
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--offline"], { cwd: stage, stdio: "pipe" });
  const [tarball = ""] = readdirSync(stage).filter((name) => name.endsWith(".tgz"));
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["xzf", join(stage, tarball), "--strip-components=1", "-C", installed]);
  for (const name of [...Object.keys(manifest.dependencies), "@types/node"]) {
    mkdirSync(join(app, "node_modules", name, ".."), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(app, "node_modules", name), "junction");
  }
  writeFileSync(join(app, "package.json"), '{ "type": "module" }');
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );

/** Loads modules of the package into a context that has little but the language, and margins the example book there. */
const hostless = `
  import { readFileSync } from "node:fs";
  import vm from "node:vm";
  const text = (file) => readFileSync(new URL(import.meta.resolve("plimsoll/" + file)), "utf8");
  const context = vm.createContext({
    TextEncoder, // the schema library asks for it; browsers and workers have it
    market: text("examples/market.json"),
    portfolio: text("examples/portfolio.json"),
    parameters: text("params/plimsoll-margin.json"),
  });
  const modules = new Map();
  const load = (url) => {
    if (!modules.has(url)) {
      const source = readFileSync(new URL(url), "utf8");
      modules.set(url, new vm.SourceTextModule(source, { context, identifier: url }));
    }
    return modules.get(url);
  };
  const link = (target, { identifier }) =>
    load(target.startsWith(".") ? new URL(target, identifier).href : import.meta.resolve(target));
  const program = new vm.SourceTextModule(\`
    import { parseMarket, parsePortfolio, syntheticHistory } from "plimsoll/market";
    import { withFittedSurfaces } from "plimsoll/pricing";
    import { parseMarginParameters, portfolioMargin, remargin } from "plimsoll/risk";
    import { venueModels } from "plimsoll/venues";
    const state = withFittedSurfaces(parseMarket(market));
    const ours = portfolioMargin(parseMarginParameters(parameters), syntheticHistory({ seed: 1, asOfMs: state.asOfMs }));
    const results = [ours, ...venueModels()].map((model) => model.margin(parsePortfolio(portfolio), state));
    globalThis.answer = JSON.stringify(results, (_, value) => (typeof value === "bigint" ? String(value) : value));
    const matrix = { instrumentCount: 1, scenarioCount: 2, unitUsd: 1, pnlUnits: Float64Array.of(5, -7) };
    const book = { accountCount: 1, starts: Uint32Array.of(0, 1), instruments: Uint32Array.of(0), lots: Float64Array.of(3) };
    globalThis.worst = remargin(book, matrix).worst()[0];
  \`, { context, identifier: "program" });
  await program.link(link);
  await program.evaluate();
  console.log(JSON.stringify([context.worst, context.answer]));`;

// in a suite of its own: its hooks are then not those of every test of the run
describe("the package, installed", () => {
  before(pack);
  after(() => rmSync(temporary, { recursive: true, force: true }));

  test("the package holds what it promises, and neither sources nor tests", () => {
    const files = filesOf(installed);
    for (const file of files) {
      assert.doesNotMatch(file, /\.test\.|\.as\.|\.map$|^(src|test|scripts)\b|(?<!\.d)\.ts$/);
    }
    for (const { target } of subpaths) {
      for (const path of [target["types"], target["default"]]) {
        assert.ok(path !== undefined && existsSync(join(installed, path)), path);
      }
    }
    const documents = ["examples", "params", "params/venues", "schemas"].flatMap((folder) =>
      readdirSync(join(root, folder)).flatMap((name) =>
        name.endsWith(".json") ? [`${folder}/${name}`] : [],
      ),
    );
    for (const file of [...documents, "README.md", "LICENSE", "docs/start.md"]) {
      assert.ok(files.includes(file), file);
    }
    const bytes = files.reduce((sum, file) => sum + statSync(join(installed, file)).size, 0);
    assert.ok(bytes < 8e6, `${bytes} bytes unpacked`);
  });

  test("every entry point loads in plain Node and exports what the sources do", async () => {
    const program = `
    const names = {};
    for (const subpath of ${JSON.stringify(subpaths.map(({ subpath }) => subpath))}) {
      names[subpath] = Object.keys(await import("plimsoll" + subpath.slice(1)));
    }
    console.log(JSON.stringify(names));`;
    const names: Record<string, string[]> = JSON.parse(await node("--input-type=module", "--eval", program));
    for (const { subpath, target } of subpaths) {
      const source: object = await import(join(root, target["plimsoll-source"] ?? ""));
      assert.ok(Object.keys(source).length > 0, subpath);
      assert.deepEqual(names[subpath], Object.keys(source), subpath);
    }
  });

  test("the core imports nothing of Node, and the package no drawing library before it draws", () => {
    const core = ["quantity", "numerics", "market", "pricing", "risk", "clearing"];
    for (const file of filesOf(join(installed, "dist"))) {
      if (!file.endsWith(".js")) continue;
      const code = readFileSync(join(installed, "dist", file), "utf8");
      const targets = [...code.matchAll(/^(?:import|(?:import|export|\}) .*?from) ["']([^"']+)["'];$/gm)].map(
        ([, target = ""]) => target,
      );
      const packages = targets.filter((target) => !target.startsWith("."));
      if (core.includes(file.split(/[\\/]/)[0] ?? "")) {
        assert.deepEqual(
          packages.filter((name) => !/^(?:typebox|@noble\/hashes)(\/|$)/.test(name)),
          [],
          file,
        );
        assert.doesNotMatch(code, /\bprocess\.|\brequire\(/, file);
      }
      for (const name of packages) {
        assert.ok(
          name.startsWith("node:") ||
            Object.hasOwn(manifest.dependencies, /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? ""),
          `${file}: ${name}`,
        );
      }
    }
  });

  test("the core needs no Node: it gives the same bits in a context without Node", async () => {
    const printed = await node(
      "--experimental-vm-modules",
      "--no-warnings",
      "--input-type=module",
      "--eval",
      hostless,
    );
    const [worst, answer]: [number, string] = JSON.parse(printed);
    assert.equal(worst, -21);
    const read = (file: string): string => readFileSync(join(root, file), "utf8");
    const market = withFittedSurfaces(parseMarket(read("examples/market.json")));
    const parameters = parseMarginParameters(read("params/plimsoll-margin.json"));
    const ours = portfolioMargin(parameters, syntheticHistory({ seed: 1, asOfMs: market.asOfMs }));
    const portfolio = parsePortfolio(read("examples/portfolio.json"));
    const results = [ours, ...venueModels()].map((model) => model.margin(portfolio, market));
    assert.ok(results[0]!.initialMargin > 0);
    const expected = JSON.stringify(results, (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    assert.equal(answer, expected);
  });

  test("the installed command margins, compares and runs vectors", async () => {
    const vectors = join(root, "test/vectors/morpho-blue.json");
    const [version, demo, books, ran] = await Promise.all([
      cli("--version"),
      cli("demo"),
      cli("books"),
      cli("vectors", vectors),
    ]);
    assert.equal(version.trim(), manifest.version);
    const { text } = await demoCommand();
    assert.equal(demo.trim(), text.replaceAll("npm run plimsoll --", "npx plimsoll"));
    assert.match(books, /coin against short perpetual/);
    assert.match(ran, /total: [1-9]\d* passed, 0 failed/);
    await assert.rejects(
      cli("margin", "--chart", join(app, "chart.png")),
      /npm i vega-lite vega @resvg\/resvg-js/,
    );
  });

  test("the readme's library example and the examples run from the installed package", async () => {
    const { code, shown } = libraryExample(readFileSync(join(root, "README.md"), "utf8"));
    writeFileSync(join(app, "readme.ts"), code);
    cpSync(join(root, "examples", "hundred-thousand-accounts.ts"), join(app, "accounts.ts"));
    const [readme, accounts] = await Promise.all([node("readme.ts"), node("accounts.ts")]);
    assert.equal(readme.trim(), shown);
    // this one starts threads, whose file the build renames
    const page = readFileSync(join(root, "docs", "examples.md"), "utf8");
    assert.ok(page.includes(accounts.trim()), accounts);
  });

  test("the types of the package serve strict programs, by either way of finding them", async () => {
    const compile = async (name: string, options: object, files: readonly string[]): Promise<void> => {
      const compilerOptions = {
        target: "es2024",
        strict: true,
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        ...options,
      };
      const config = join(app, `tsconfig.${name}.json`);
      writeFileSync(config, JSON.stringify({ compilerOptions, files }));
      await node(join(root, "node_modules/typescript/bin/tsc"), "-p", config).catch(
        (error: { readonly stdout: string }) => assert.fail(`${name}: ${error.stdout}`),
      );
    };
    const programs = exampleNames().map((name) => `${name}.ts`);
    for (const name of programs) cpSync(join(root, "examples", name), join(app, name));
    const imports = subpaths.map(
      ({ subpath }, at) => `export * as part${at} from "plimsoll${subpath.slice(1)}";`,
    );
    writeFileSync(join(app, "all.ts"), imports.join("\n"));
    await Promise.all([
      compile("examples", { module: "nodenext", types: ["node"], skipLibCheck: true }, programs),
      // every declaration of ours, without Node's
      compile("nodenext", { module: "nodenext", types: [] }, ["all.ts"]),
      compile("bundler", { module: "esnext", moduleResolution: "bundler", types: [] }, ["all.ts"]),
    ]);
  });
});
