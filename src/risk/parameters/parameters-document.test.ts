import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  checkMarginParametersText,
  checkMarginParametersValue,
  marginParametersSchema,
  parseMarginParameters,
} from "./parameters-document.ts";
import { riskClassOf } from "./margin-parameters.ts";

const text = readFileSync(new URL("../../../params/plimsoll-margin.json", import.meta.url), "utf8");

const isNode = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** The shipped document with one value replaced, or removed when `value` is undefined. */
function changed(path: string, value: unknown): unknown {
  const json: unknown = JSON.parse(text);
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let node = json;
  for (const key of keys) node = isNode(node) ? node[key] : undefined;
  assert.ok(isNode(node), path);
  if (value === undefined) delete node[last];
  else node[last] = value;
  return json;
}

test("the shipped parameters are valid, and name a source for every group of fitted numbers", () => {
  const parameters = parseMarginParameters(text);
  assert.equal(riskClassOf(parameters, "BTC"), parameters.classes["btc"]);
  assert.equal(riskClassOf(parameters, "never heard of"), parameters.classes.default);
  assert.equal(riskClassOf(parameters, "constructor"), parameters.classes.default);
  for (const group of ["shortfall", "stress", "classes", "assetKinds"]) {
    assert.ok(
      parameters.sources.some(({ parameter }) => parameter.split(".")[0] === group),
      group,
    );
  }
});

test("the default class is the most conservative", () => {
  const { classes } = parseMarginParameters(text);
  for (const [name, risk] of Object.entries(classes)) {
    for (const field of [
      "spotRange",
      "spotResidual",
      "volUpFloor",
      "basisShock",
      "minimumNotional",
    ] as const) {
      assert.ok(classes.default[field] >= risk[field], `${name}.${field}`);
    }
  }
});

test("what is wrong is named: field, limit, remedy", () => {
  const cases: readonly [path: string, value: unknown, limit: RegExp, field?: string][] = [
    ["classes.btc.spotRange", 2, /0\.001 to 0\.95/],
    ["classes.btc.spotRange", "0.2", /number/],
    ["classes.default", undefined, /risk class/],
    ["underlyings.BTC", "nothing", /one of btc/],
    ["shortfall.maintenanceLevel", 0.9999, /initialLevel/],
    ["shortfall.maintenanceMultiplier", 9, /initialMultiplier/],
    ["forwardGuarantee.hourShare", 0.02, /its speed \(0\.03\)/],
    ["shortfall.riseLimit", undefined, /absent without shortfall\.riseLimit/, "forwardGuarantee.dayShare"],
    ["shortfall.riseLimit.riseSharePerDay", 0.02, /riseSharePerHour/],
    ["stress.spotPoints", [-1, 0, 0.5], /ascending/],
    ["stress.joint.1.id", "stress", /unique/, "stress.joint[1].id"],
    ["classes.eth.spotResidual", 0.01, /half the grid/],
    ["classes.eth.basisCapYears", 0, /basisFloorYears/],
    ["assets.USDC.pegDown", -1, /0 to 1/],
    ["surprise", 1, /one of the fields/],
    ["classes.btc.spotrange", 1, /one of the fields/],
    ["classes", 7, /object/],
    ["stress", undefined, /object/],
    ["schema", "plimsoll/margin-parameters@9", /margin-parameters@1/],
  ];
  for (const [path, value, limit, field = path] of cases) {
    const { errors } = checkMarginParametersValue(changed(path, value));
    const found = errors.find((error) => error.field === field);
    assert.ok(found, `${field}: ${errors.map((error) => error.message).join("; ")}`);
    assert.match(found.limit, limit);
    assert.ok(found.remedy.length > 0);
  }
  for (const bad of ["", "[]", "null", "{", text.slice(0, 500)]) {
    assert.ok(checkMarginParametersText(bad).errors.length > 0);
  }
});

test("the published schema is the one that the reader uses", () => {
  const file = new URL("../../../schemas/margin-parameters-1.json", import.meta.url);
  assert.equal(readFileSync(file, "utf8"), `${JSON.stringify(marginParametersSchema, null, 2)}\n`);
});
