import { type Static, type TNumber, type TObject, type TSchema, Type } from "typebox";
import { type JsonTextOptions, parseJson } from "../../market/json-text.ts";
import { type Checked, collectProblems, type Problems, valueOrThrow } from "../../market/problems.ts";
import { checkSchema } from "../../market/schema-check.ts";
import { checkVersion } from "../../market/schema-version.ts";
import { type MarginParameters, marginParametersSchemaId } from "./margin-parameters.ts";
import { checkParameters } from "./parameters-checks.ts";

const closed = { additionalProperties: false };
const between = (minimum: number, maximum: number, description: string): TNumber =>
  Type.Number({ minimum, maximum, description });
const share = (description: string): TNumber => between(0, 1, description);
const name = Type.String({ minLength: 1, maxLength: 128 });

const riskClass = Type.Object(
  {
    horizonHours: between(1, 720, "Close-out horizon, hours."),
    spotRange: between(0.001, 0.95, "Largest relative spot move of the stress grid."),
    extremes: Type.Array(
      Type.Object(
        {
          move: between(-0.999, 100, "Relative move of spot."),
          weight: share("Share of its loss that counts."),
        },
        closed,
      ),
      { maxItems: 32, description: "Extreme moves with their damping." },
    ),
    marketBeta: between(0, 5, "Move as a share of spotRange per share of the market's range."),
    spotResidual: between(0, 10, "Largest departure from the beta, share of spotRange."),
    volUp: between(0, 5, "Rise of ln(30-day volatility) at the top of the grid."),
    volDown: between(0, 5, "Fall of ln(30-day volatility) at the bottom of the grid."),
    volPowerShort: between(0, 1, "Exponent of the tenor shape below 30 days."),
    volPowerLong: between(0, 1, "Exponent of the tenor shape above 30 days."),
    volUpFloor: between(0, 5, "A volatility shocked upward is at least this, annual fraction."),
    defaultVol: between(0.01, 10, "Volatility where nothing tells it, annual fraction."),
    volSpotBetaDown: between(-20, 20, "Change of ln(volatility) per ln(spot), falling."),
    volSpotBetaUp: between(-20, 20, "Change of ln(volatility) per ln(spot), rising."),
    skewShock: between(0, 5, "Largest change of ln(25-delta put/call volatility)."),
    smileShock: between(0, 5, "Largest change of ln(25-delta wing/at-the-money volatility)."),
    basisShock: between(0, 5, "Largest change of the annualised basis."),
    basisFloorYears: between(0, 10, "Shortest tenor of a basis move, years."),
    basisCapYears: between(0, 10, "Longest tenor of a basis move, years."),
    halfSpread: share("Half the spread of delta-one contracts, fraction of price."),
    optionHalfSpreadVol: share("Half the spread of options, volatility."),
    depth50bpsUsd: between(0, 1e15, "Resting size within 50 bps, USD."),
    dailyVolumeUsd: between(0, 1e15, "Daily volume, USD."),
    impactAtDepth: share("Price impact of trading one side of the depth, fraction."),
    impactMax: share("Largest price impact, fraction."),
    concentrationShare: between(0, 1000, "Share of daily volume above which a book is concentrated."),
    concentrationRate: share("Charge above that share, fraction of delta."),
    oracleWidth: share("Half-width of the price band at confidence 0, fraction."),
    nearExpiryHours: between(0, 720, "Options this close to expiry are charged for short gamma."),
    nearExpiryMove: between(0, 0.95, "Unhedged move of that charge, fraction."),
    minimumShortOption: share("Least requirement per short option, fraction of notional."),
    minimumNotional: share("Least requirement per gross notional of perpetuals and futures, fraction."),
  },
  closed,
);

const assetRisk = Type.Object(
  {
    pegDown: share("Largest fall against its peg."),
    pegUp: between(0, 10, "Largest rise against its peg."),
    custodyHaircut: share("Share of a balance that counts for nothing."),
  },
  closed,
);

const jointScenario = Type.Object(
  {
    id: name,
    label: name,
    spotShare: between(-3, 3, "Share of spotRange."),
    volShare: between(-1, 3, "Share of volUp, or of volDown when negative."),
    basisShare: between(-5, 5, "Share of basisShock."),
    stakedDepegShare: between(-5, 5, "Share of pegDown of staked tokens; negative: of pegUp."),
    stablecoinDepegShare: between(-5, 5, "Share of pegDown of stablecoins; negative: of pegUp."),
    agingShare: Type.Optional(share("Share of horizonHours that passes. Default 0: stress is immediate.")),
  },
  closed,
);

const points = (description: string) =>
  Type.Array(Type.Number({ minimum: -1, maximum: 1 }), { minItems: 3, maxItems: 129, description });

const shortfall = Type.Object(
  {
    initialLevel: between(0.5, 0.9999, "Tail level of the initial requirement."),
    maintenanceLevel: between(0.5, 0.9999, "Tail level of the maintenance requirement."),
    initialMultiplier: between(0, 10, "Factor on the initial shortfall."),
    maintenanceMultiplier: between(0, 10, "Factor on the maintenance shortfall."),
    valueAtRiskLevel: between(0.5, 0.9999, "Level of the reported VaR."),
    halfLifeHours: between(1, 100_000, "Half-life of the volatility estimate."),
    longRunFloor: between(0, 5, "Floor of today's volatility as a share of the long-run one."),
    stressWeight: share("Weight of the stress-period volatility."),
    stressQuantile: share("Quantile of past volatilities that is the stress-period one."),
    rescaleMin: between(0, 1, "Least ratio of today's volatility to that of a past move."),
    rescaleMax: between(1, 100, "Largest such ratio."),
    departureStretch: Type.Optional(
      between(1, 5, "How many times a departure from the market counts. Default 1."),
    ),
    riseLimit: Type.Optional(
      Type.Object(
        {
          riseSharePerHour: between(0.001, 10, "Largest rise of the target volatility in an hour."),
          riseSharePerDay: between(0.01, 100, "Largest rise within 24 hours."),
          newMoveDeviations: between(0.1, 100, "Standard deviations that a move counts when it ends."),
        },
        { ...closed, description: "How fast past moves may grow. Default: at once." },
      ),
    ),
    strideHours: between(1, 8_760, "Distance between the starts of moves."),
    tailScenarios: Type.Integer({ minimum: 1, maximum: 20_000, description: "Largest moves kept singly." }),
    bodyScenarios: Type.Integer({ minimum: 1, maximum: 20_000, description: "Scenarios for the rest." }),
    minimumMoves: Type.Integer({ minimum: 1, maximum: 1_000_000, description: "Fewest past moves." }),
  },
  closed,
);

const stress = Type.Object(
  {
    maintenanceShare: share("Maintenance share of stress losses."),
    measured: Type.Optional(
      Type.Object(
        {
          fullDays: Type.Integer({
            minimum: 1,
            maximum: 1_000_000,
            description: "Days of past for the full shares.",
          }),
          spotShare: share("Share of spotRange and of the weights of extremes."),
          volUpShare: share("Share of volUp."),
          volDownShare: share("Share of volDown."),
          skewShare: share("Share of skewShock and smileShock."),
          basisShare: share("Share of basisShock."),
          pegShare: share("Share of pegDown and pegUp."),
        },
        { ...closed, description: "What stress keeps of a shock where there is a past. Default: all." },
      ),
    ),
    strayCount: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description: "Underlyings that stray at once. Default: all.",
      }),
    ),
    spotPoints: points("Spot moves, shares of spotRange."),
    marketPoints: points("Market moves, shares of the market's range."),
    volPoints: points("Volatility moves, shares of volUp and volDown."),
    volResidual: between(0, 2, "Departure of one expiry from the volatility level, share of the shock."),
    joint: Type.Array(jointScenario, { maxItems: 100, description: "Joint stress scenarios." }),
  },
  closed,
);

const assetKinds = Type.Object(
  { fiat: assetRisk, stablecoin: assetRisk, major: assetRisk, staked: assetRisk, other: assetRisk },
  closed,
);

const schema = Type.Object(
  {
    schema: Type.Literal(marginParametersSchemaId, { description: "Name and version of this format." }),
    version: Type.String({ minLength: 1, maxLength: 200, description: "Identifies this issue." }),
    settlementAsset: name,
    shortfall,
    forwardGuarantee: Type.Optional(
      Type.Object(
        {
          hourShare: between(0.001, 100, "Largest rise at unchanged marks within an hour."),
          dayShare: between(0.001, 100, "Largest rise within 24 hours."),
        },
        { ...closed, description: "What an unchanged book is promised. Needs shortfall.riseLimit." },
      ),
    ),
    stress,
    addOnMaintenanceShare: share("Maintenance share of every add-on."),
    classes: Type.Record(Type.String(), riskClass, { description: "By name; `default` must be there." }),
    underlyings: Type.Record(Type.String(), name, { description: "Class of each known underlying." }),
    assetKinds,
    assets: Type.Record(Type.String(), assetRisk, { description: "Exceptions by asset." }),
    sources: Type.Array(
      Type.Object({ parameter: name, fittedFrom: Type.String({ minLength: 1, maxLength: 2_000 }) }, closed),
      { maxItems: 1_000, description: "Where each fitted number comes from." },
    ),
  },
  {
    ...closed,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:plimsoll:schema:margin-parameters:1",
    title: "Plimsoll margin parameters, version 1",
    description: "Parameters of Plimsoll's portfolio margin. docs/margin-model.md explains each.",
  },
);

/** JSON Schema of {@link MarginParameters}. */
export const marginParametersSchema: TSchema = schema;

/** The schemas of the entries of each record, which the published schema writes as `patternProperties`. */
const records: Readonly<Record<"classes" | "underlyings" | "assets", TSchema>> = {
  classes: riskClass,
  underlyings: name,
  assets: assetRisk,
};
const {
  classes: _classes,
  underlyings: _underlyings,
  assets: _assets,
  ...plainProperties
} = schema.properties;
const plain: TObject = Type.Object(plainProperties, closed);
const largestRecord = 1_000;

function follows(json: unknown, problems: Problems): json is Static<typeof schema> {
  const before = problems.errors.length;
  // The version check has seen an object.
  const rest: Record<string, unknown> = { ...(typeof json === "object" ? json : {}) };
  for (const [field, entry] of Object.entries(records)) {
    const value: unknown = rest[field];
    delete rest[field];
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      problems.add("PLM_FIELD", { field, value, limit: "an object", remedy: "Add the field." });
      continue;
    }
    const entries = Object.entries(value);
    if (entries.length > largestRecord) {
      const limit = `an object of at most ${largestRecord} entries`;
      problems.add("PLM_LIMIT", { field, value, limit, remedy: "Remove entries." });
      continue;
    }
    for (const [key, item] of entries) checkSchema(entry, item, `${field}.${key}`, problems);
  }
  checkSchema(plain, rest, "", problems);
  return problems.errors.length === before;
}

/**
 * Reads a parameter document.
 *
 * @throws {PlimsollError} the first thing wrong with it. {@link checkMarginParametersText} gives all.
 */
export const parseMarginParameters = (text: string, options: JsonTextOptions = {}): MarginParameters =>
  valueOrThrow(checkMarginParametersText(text, options));

/** Like {@link parseMarginParameters}, but returns every error found (at most 100). */
export function checkMarginParametersText(
  text: string,
  options: JsonTextOptions = {},
): Checked<MarginParameters> {
  const problems = collectProblems();
  const json = problems.attempt(() => parseJson(text, { name: "parameters", ...options }));
  if (problems.errors.length > 0) return { errors: problems.errors };
  return checkMarginParametersValue(json);
}

/** Like {@link checkMarginParametersText}, for JSON that is already parsed. */
export function checkMarginParametersValue(json: unknown): Checked<MarginParameters> {
  const problems = collectProblems();
  if (!checkVersion(json, marginParametersSchemaId, problems)) return { errors: problems.errors };
  if (!follows(json, problems)) return { errors: problems.errors };
  const base = json.classes["default"];
  if (!base) {
    problems.add("PLM_FIELD", {
      field: "classes.default",
      value: undefined,
      limit: "a risk class",
      remedy: "Add the class that applies to every underlying not listed.",
    });
    return { errors: problems.errors };
  }
  const parameters: MarginParameters = { ...json, classes: { ...json.classes, default: base } };
  checkParameters(parameters, problems);
  return problems.errors.length > 0 ? { errors: problems.errors } : { value: parameters, errors: [] };
}
