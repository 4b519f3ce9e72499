import { type Static, type TSchema, Type } from "typebox";
import { identifier, priceBounds, timeMs } from "./document-fields.ts";
import { type Factor, factorKey, type FactorSeries, type History, isLogFactor } from "./history.ts";
import { type JsonTextOptions, parseJson } from "./json-text.ts";
import { checkUnique } from "./market-checks.ts";
import { type Checked, collectProblems, type Problems, valueOrThrow } from "./problems.ts";
import { followsSchema } from "./schema-check.ts";
import { checkVersion } from "./schema-version.ts";
import { writeDocument } from "./write-document.ts";

/** Name and version of the history document. */
export const historySchemaId = "plimsoll/history@1";
/** Most series of one history. */
export const maxSeries = 1_000;
/** Most instants of one history: 114 years of hours. */
export const maxInstants = 1_000_000;

/** A history in JSON. `null` where nothing was observed. */
export interface HistoryDocument {
  readonly schema: typeof historySchemaId;
  readonly source: string;
  readonly synthetic: boolean;
  /** The first instant. */
  readonly startMs: number;
  readonly intervalMs: number;
  readonly series: readonly {
    readonly factor: Factor;
    readonly of: string;
    readonly values: readonly (number | null)[];
  }[];
}

const closed = { additionalProperties: false };
const bound = priceBounds.maximum;

const schema = Type.Object(
  {
    schema: Type.Literal(historySchemaId, { description: "Name and version of this format." }),
    source: Type.String({ minLength: 1, maxLength: 1_000, description: "Where the numbers come from." }),
    synthetic: Type.Boolean({ description: "True when generated rather than observed." }),
    startMs: timeMs("The first instant."),
    intervalMs: Type.Integer({
      minimum: 1_000,
      maximum: 31_536_000_000,
      description: "From one instant to the next, milliseconds.",
    }),
    series: Type.Array(
      Type.Object(
        {
          factor: Type.Enum(["spot", "vol", "term", "skew", "basis", "ratio", "price"], {
            description:
              "spot, price: USD per unit. vol: 30-day at-the-money volatility. term: 180-day minus 30-day at-the-money volatility. skew: 30-day 25-delta call minus put volatility. basis: annualised ln(forward/spot) at 90 days. ratio: units of its underlying that one unit fetches.",
          }),
          of: identifier("Symbol of the underlying, or of the asset for ratio and price."),
          values: Type.Array(Type.Union([Type.Number({ minimum: -bound, maximum: bound }), Type.Null()]), {
            minItems: 1,
            maxItems: maxInstants,
            description: "One an instant, as known then (a bar's close). null: not observed.",
          }),
        },
        closed,
      ),
      { minItems: 1, maxItems: maxSeries, description: "All of one length." },
    ),
  },
  {
    ...closed,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:plimsoll:schema:history:1",
    title: "Plimsoll history, version 1",
    description: "Joint time series of risk factors on one regular grid.",
  },
);

/** JSON Schema of {@link HistoryDocument}, published as `schemas/history-1.json`. */
export const historySchema: TSchema = schema;

/** Whether JSON is a history document. Compiles only while schema and {@link HistoryDocument} agree. */
const isHistoryDocument: (json: unknown, problems: Problems) => json is HistoryDocument = (
  json,
  problems,
): json is Static<typeof schema> => followsSchema(schema, json, problems);

/**
 * Reads a history document.
 *
 * @throws {PlimsollError} the first thing wrong with it. {@link checkHistoryText} gives all.
 */
export const parseHistory = (text: string, options: JsonTextOptions = {}): History =>
  valueOrThrow(checkHistoryText(text, options));

/** Like {@link parseHistory}, but returns every error found (at most 100) instead of throwing the first. */
export function checkHistoryText(text: string, options: JsonTextOptions = {}): Checked<History> {
  const problems = collectProblems();
  const json = problems.attempt(() => parseJson(text, { name: "history", ...options }));
  if (problems.errors.length > 0) return { errors: problems.errors };
  return checkHistoryValue(json);
}

/** Like {@link checkHistoryText}, for JSON that is already parsed. */
export function checkHistoryValue(json: unknown): Checked<History> {
  const problems = collectProblems();
  if (!checkVersion(json, historySchemaId, problems)) return { errors: problems.errors };
  if (!isHistoryDocument(json, problems)) return { errors: problems.errors };
  const keys = json.series.map(({ factor, of }) => factorKey(factor, of));
  checkUnique(keys, (at) => `series[${at}]`, problems);
  const length = json.series[0]?.values.length ?? 0;
  for (const [at, { factor, values }] of json.series.entries()) {
    if (values.length !== length) {
      problems.add("PLM_FIELD", {
        field: `series[${at}].values`,
        value: values,
        limit: `an array of ${length}, as long as that of the first series`,
        remedy: "Write null where nothing was observed.",
      });
    }
    if (!isLogFactor(factor)) continue;
    for (const [index, value] of values.entries()) {
      if (value === null || value >= priceBounds.minimum) continue;
      problems.add("PLM_FIELD", {
        field: `series[${at}].values[${index}]`,
        value,
        limit: `a finite number ≥ ${priceBounds.minimum} for factor ${factor}`,
        remedy: "Write null where nothing was observed.",
      });
    }
  }
  if (problems.errors.length > 0) return { errors: problems.errors };
  const { source, synthetic, startMs, intervalMs } = json;
  const series = new Map(
    json.series.map(({ factor, of, values }): [string, FactorSeries] => [
      factorKey(factor, of),
      { factor, of, values: Float64Array.from(values, (value) => value ?? NaN) },
    ]),
  );
  return { value: { source, synthetic, startMs, intervalMs, length, series }, errors: [] };
}

/** Writes a history as a document that {@link parseHistory} reads back to an equal history. One series a line. */
export const writeHistory = (history: History): string => writeDocument(historyToDocument(history));

export const historyToDocument = ({
  source,
  synthetic,
  startMs,
  intervalMs,
  series,
}: History): HistoryDocument => ({
  schema: historySchemaId,
  source,
  synthetic,
  startMs,
  intervalMs,
  series: [...series.values()].map(({ factor, of, values }) => ({
    factor,
    of,
    values: Array.from(values, (value) => (Number.isNaN(value) ? null : value)),
  })),
});
