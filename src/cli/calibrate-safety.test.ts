import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { madeUpFolder } from "../../test/laboratory/price-folder.ts";
import { calibrateCommand } from "./calibrate.ts";
import { breachTarget } from "./calibrate-safety.ts";
import { PlimsollError } from "../quantity/index.ts";
import { atSafetyLevel, parseMarginParameters } from "../risk/index.ts";

const usage = (error: unknown): boolean => error instanceof PlimsollError && error.code === "PLM_USAGE";

test("--safety is a share within bounds, its target free of binary fractions", () => {
  for (const [safety, target] of [
    ["0.99", 0.01],
    [".9", 0.1],
    ["0.999", 0.001],
    ["0.9999", 0.0001],
    ["0.995", 0.005],
  ] as const)
    assert.equal(breachTarget(safety), target);
  for (const bad of ["0.89", "1", "0.99995", "99", "99%", "NaN", "1e-1", "", "-0.99", "0.9900001"])
    assert.throws(() => breachTarget(bad), usage, bad);
});

test("--quick without --safety is refused", async () => {
  await assert.rejects(calibrateCommand("nowhere", { quick: true }), usage);
});

test("a file that cannot be written is named before anything is walked", async () => {
  const out = join(madeUpFolder(1), "absent", "margin.json");
  await assert.rejects(
    calibrateCommand("nowhere", { safety: "0.99", out }),
    (error) => error instanceof PlimsollError && error.code === "PLM_FILE" && error.message.includes("--out"),
  );
});

interface Answer {
  readonly parameters: unknown;
  readonly safety: {
    readonly level: number;
    readonly scale: number;
    readonly binding: string;
    readonly walks: readonly { readonly level: number; readonly scale: number }[];
    readonly types: readonly { readonly name: string; readonly promise: string; readonly scale: number }[];
  };
}

test("the level on made-up prices: every type keeps the promise, the document says how", async () => {
  const folder = madeUpFolder(84 * 24);
  const out = join(folder, "margin.json");
  const plain = await calibrateCommand(folder, { out });
  const before = parseMarginParameters(readFileSync(out, "utf8"));
  assert.deepEqual(plain.json, before);
  const { text, json } = await calibrateCommand(folder, { safety: "0.9", out });
  const { parameters, safety } = json as Answer;
  assert.ok(safety.scale > 0 && safety.scale <= 1, `${safety.scale}`);
  assert.ok(safety.types.length >= 10, `${safety.types.length} types`);
  for (const { name, scale } of safety.types) assert.ok(scale <= 1, `${name}: ${scale}`);
  assert.ok(safety.types.some(({ promise }) => promise === "exchangeable"));
  assert.deepEqual(safety.walks[0]?.level, 1);
  assert.ok(safety.walks.some(({ level, scale }) => level === safety.level && scale === safety.scale));
  const written = parseMarginParameters(readFileSync(out, "utf8"));
  assert.deepEqual(written, parameters);
  // the level moves the factors and shares, and nothing else
  assert.deepEqual(
    { ...written, version: "", sources: [] },
    { ...atSafetyLevel(before, safety.level), version: "", sources: [] },
  );
  const source = written.sources.find(({ parameter }) => parameter === "shortfall.initialMultiplier");
  assert.match(source?.fittedFrom ?? "", /at 90 %.*before 2024-07-01.*\d+ breaches in \d+ windows/);
  assert.match(written.version, /level at 90 %$/);
  assert.ok(text.includes("Types nearest the limit") && text.includes(safety.binding));
});
