import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Fields, fieldsAt, flagAt, listAt } from "../../src/cli/vectors/case-fields.ts";
import { fixedAt, namedSheet, pmInputsOf } from "../../src/cli/vectors/derive-cases.ts";
import { readPm1Params, readPm2Params } from "../../src/risk/venues/derive/parameter-sheet.ts";
import { pm1Contributions } from "../../src/risk/venues/derive/pm1-explain.ts";
import { pm1Margin } from "../../src/risk/venues/derive/pm1.ts";
import { pm2Contributions } from "../../src/risk/venues/derive/pm2-explain.ts";
import { pm2Margin } from "../../src/risk/venues/derive/pm2.ts";
import { abs, sum } from "../../src/risk/venues/shared/fixed18.ts";

interface VectorFile {
  readonly vectors: readonly Fields[];
}

const load = (name: string): VectorFile =>
  JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"));

/** Each option is cut to 18 decimals a few times on the way. */
const slack = (options: readonly unknown[]): bigint => BigInt(10 * (options.length + 2));

test("PM2: contributions add up to every scenario's profit and to the basis contingency", () => {
  const document = load("derive-pm2");
  for (const vector of document.vectors.slice(0, 60)) {
    const fields = fieldsAt(vector, "inputs");
    const params = readPm2Params(namedSheet(document, "params", vector["params"]));
    const collaterals = listAt(fields, "collaterals").map((collateral) => ({
      amount: fixedAt(collateral, "amount"),
      price: fixedAt(collateral, "price"),
      confidence: fixedAt(collateral, "confidence"),
      riskCancelling: flagAt(collateral, "riskCancelling"),
      mmHaircut: fixedAt(collateral, "mmHaircut"),
      imHaircut: fixedAt(collateral, "imHaircut"),
    }));
    const inputs = { ...pmInputsOf(fields), collaterals };
    const result = pm2Margin(inputs, params);
    [...result.scenarioPnl, result.basisContingency].forEach((pnl, index) => {
      const parts = pm2Contributions(inputs, params, index);
      const total = parts.perp + sum(parts.options.values()) + sum(parts.collaterals);
      assert.equal(parts.options.size, inputs.options.length);
      // Factors on a whole expiry spread the cut of its sum over its options' own, in proportion to their size.
      const scale = sum([...parts.options.values()].map(abs)) / 10n ** 16n;
      assert.ok(
        abs(total - pnl) <= slack(inputs.options) + scale,
        `${String(vector["id"])} ${index}: ${total - pnl}`,
      );
    });
  }
});

test("PM1: contributions add up to every scenario's profit and to the basis contingency", () => {
  const document = load("derive-pm1");
  for (const vector of document.vectors.slice(0, 40)) {
    const fields = fieldsAt(vector, "inputs");
    const params = readPm1Params(namedSheet(document, "params", vector["params"]));
    const inputs = { ...pmInputsOf(fields), base: fixedAt(fields, "base") };
    const result = pm1Margin(inputs, params);
    [...result.scenarioPnl, result.basisContingency].forEach((pnl, index) => {
      const parts = pm1Contributions(inputs, params, index);
      const total = parts.perp + parts.base + sum(parts.options.values());
      assert.ok(
        abs(total - pnl) <= slack(inputs.options),
        `${String(vector["id"])} ${index}: ${total - pnl}`,
      );
    });
  }
});
