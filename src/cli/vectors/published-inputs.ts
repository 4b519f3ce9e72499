import { PlimsollError } from "../../quantity/error.ts";
import { rational, toNumber, zero, type Rational } from "../../risk/venues/shared/rational.ts";
import { isFields, type Fields } from "./case-fields.ts";

/** Units that end a field's name without changing what it is: `pnlUsd`, `chargeBtc`, `positionsBase`. */
const unitWords: ReadonlySet<string> = new Set(
  "usd usdt usdc btc eth sol ltc xrp base coin coins quote".split(" "),
);

/**
 * A field's name without word order, plural and trailing unit, so that `mmLong` finds `longMm` and `chargeBtc` finds
 * `charge`: the published documents name one quantity in several ways.
 */
export function canonicalName(name: string): string {
  return wordsOf(name).join("-");
}

/** The words of a field's name in alphabetical order, without plural and trailing unit. */
export function wordsOf(name: string): readonly string[] {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
  while (words.length > 1 && unitWords.has(words.at(-1) ?? "")) words.pop();
  return words
    .map((word) => (word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word))
    .sort();
}

/** The value under one of several names: exact spelling first, then by {@link canonicalName}, names in order. */
export function findField(fields: Fields, names: readonly string[]): unknown {
  for (const name of names) if (fields[name] !== undefined) return fields[name];
  for (const name of names) {
    const wanted = canonicalName(name);
    const key = Object.keys(fields).find((candidate) => canonicalName(candidate) === wanted);
    if (key !== undefined && fields[key] !== undefined) return fields[key];
  }
  return undefined;
}

/** The inputs of one published example. A field that is absent is zero or off, as the README of the vectors says. */
export interface CaseInputs {
  readonly topic: string;
  readonly system: string;
  readonly fields: Fields;
  raw(...names: string[]): unknown;
  has(...names: string[]): boolean;
  /** Exact, 0 when absent. */
  exact(...names: string[]): Rational;
  /** Exact, `undefined` when absent. */
  exactIf(...names: string[]): Rational | undefined;
  /** Nearest float64, 0 when absent. */
  number(...names: string[]): number;
  numberIf(...names: string[]): number | undefined;
  /** A list of numbers; one number is a list of one; none when absent. */
  numbers(...names: string[]): readonly number[];
  /** Lower case; empty when absent. */
  text(...names: string[]): string;
  flag(...names: string[]): boolean;
  /** Objects listed under a name. */
  list(...names: string[]): readonly CaseInputs[];
  /** Numbers keyed by name; a bare number is absent. */
  table(...names: string[]): ReadonlyMap<string, number>;
  /** `[upper bound, rate]` pairs; a bound of null is unbounded. */
  tiers(...names: string[]): readonly (readonly [number, number])[];
  inner(...names: string[]): CaseInputs | undefined;
  /** A correlation of two entries by their places, from one number for all pairs or from a matrix. */
  correlation(...names: string[]): (k: number, l: number) => number;
}

function asNumber(value: unknown, field: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "string") return toNumber(rational(value, field));
  if (typeof value === "boolean") return value ? 1 : 0;
  throw new PlimsollError("PLM_FIELD", {
    field,
    value,
    limit: "a number",
    remedy: "Correct the case's inputs.",
  });
}

/** Reads a case's inputs by name. */
export function caseInputs(topic: string, system: string, fields: Fields): CaseInputs {
  const raw = (...names: string[]): unknown => findField(fields, names) ?? undefined;
  const label = (names: readonly string[]): string => `inputs.${names[0]}`;
  const exactIf = (...names: string[]): Rational | undefined => {
    const value = raw(...names);
    if (value === undefined) return undefined;
    if (typeof value === "string" || typeof value === "number") return rational(value, label(names));
    return rational(asNumber(value, label(names)), label(names));
  };
  const numberIf = (...names: string[]): number | undefined => {
    const value = raw(...names);
    return value === undefined ? undefined : asNumber(value, label(names));
  };
  const inputsOf = (value: Fields): CaseInputs => caseInputs(topic, system, value);
  return {
    topic,
    system,
    fields,
    raw,
    has: (...names) => raw(...names) !== undefined,
    exactIf,
    exact: (...names) => exactIf(...names) ?? zero,
    numberIf,
    number: (...names) => numberIf(...names) ?? 0,
    numbers(...names) {
      const value = raw(...names);
      if (value === undefined) return [];
      const items: readonly unknown[] = Array.isArray(value)
        ? value
        : isFields(value)
          ? Object.values(value)
          : [value];
      return items.map((item, i) => asNumber(item, `${label(names)}[${i}]`));
    },
    text(...names) {
      const value = raw(...names);
      return typeof value === "string" ? value.toLowerCase() : "";
    },
    flag: (...names) => raw(...names) === true,
    list(...names) {
      const value = raw(...names);
      const items: readonly unknown[] = Array.isArray(value)
        ? value
        : isFields(value)
          ? Object.values(value)
          : [];
      return items.filter(isFields).map(inputsOf);
    },
    table(...names) {
      const value = raw(...names);
      const entries = isFields(value) ? Object.entries(value) : [];
      return new Map(entries.map(([key, item]) => [key, asNumber(item, `${label(names)}.${key}`)]));
    },
    tiers(...names) {
      const value = raw(...names);
      const rows: readonly unknown[] = Array.isArray(value) ? value : [];
      return rows.map((row, i) => {
        const [bound, rate]: readonly unknown[] = Array.isArray(row)
          ? row
          : isFields(row)
            ? [
                findField(row, ["upperBound", "to", "max", "limit", "bound"]),
                findField(row, ["rate", "multiplier", "mmr"]),
              ]
            : [];
        const upper =
          bound === null || bound === undefined ? Infinity : asNumber(bound, `${label(names)}[${i}][0]`);
        return [upper, asNumber(rate, `${label(names)}[${i}][1]`)] as const;
      });
    },
    correlation(...names) {
      const value = raw(...names);
      if (value === undefined) return () => 0;
      if (!Array.isArray(value)) {
        const single = asNumber(value, label(names));
        return () => single;
      }
      const rows: readonly unknown[] = value;
      const matrix = rows.map((row) =>
        Array.isArray(row) ? row.map((item) => asNumber(item, label(names))) : [],
      );
      return (k, l) => matrix[k]?.[l] ?? 0;
    },
    inner(...names) {
      const value = raw(...names);
      return isFields(value) ? inputsOf(value) : undefined;
    },
  };
}

/** Exact fractions and words count as numbers: which text is a number is the comparison's business. */
const kindOf = (value: unknown): "list" | "table" | "flag" | "number" => {
  if (Array.isArray(value)) return "list";
  if (isFields(value)) return typeof value["numerator"] === "bigint" ? "number" : "table";
  return typeof value === "boolean" ? "flag" : "number";
};

/**
 * Names each output as the case's expected output does: the same name, or the same words in another order. A field that no
 * output is named for stays without a value, and its case fails: a guess would pass by coincidence. A list never stands for a
 * number, nor the other way round.
 */
export function nameAsExpected(outputs: Fields, expected: Fields): Fields {
  const names = Object.keys(expected);
  return Object.fromEntries(
    names.map((name) => {
      const fitting = Object.entries(outputs).filter(
        ([, value]) => value !== undefined && kindOf(value) === kindOf(expected[name]),
      );
      return [name, findField(Object.fromEntries(fitting), [name])];
    }),
  );
}
