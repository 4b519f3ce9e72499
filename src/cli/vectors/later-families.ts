import { type VectorFamily } from "./family.ts";

/** A family of files that is recognised, so that it can be named, but whose rules belong to later work. */
export type LaterFamily = Pick<VectorFamily, "family" | "matches">;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined);

/** Files of the form `{ source, fn, cases[] }`: known by the function that produced them. */
function byFunction(family: string, source: string, fn: RegExp): LaterFamily {
  return {
    family,
    matches: (document) =>
      isRecord(document) &&
      typeof document["source"] === "string" &&
      typeof document["fn"] === "string" &&
      document["source"].startsWith(source) &&
      fn.test(document["fn"]),
  };
}

/** Files of the form `{ vectors[] }`: known by the keys of a vector, of its inputs and of its outputs. */
function byShape(
  family: string,
  shape: { vector?: string[]; inputs?: string[]; outputs?: string[] },
): LaterFamily {
  const has = (value: unknown, keys: string[] = []): boolean =>
    keys.length === 0 || (isRecord(value) && keys.every((key) => key in value));
  return {
    family,
    matches(document) {
      const vector = isRecord(document) ? firstOf(document["vectors"]) : undefined;
      return (
        isRecord(vector) &&
        has(vector, shape.vector) &&
        has(vector["inputs"], shape.inputs) &&
        has(vector["outputs"], shape.outputs)
      );
    },
  };
}

export const laterFamilies: readonly LaterFamily[] = [
  byShape("derive-liquidation-sequences", { vector: ["auctionParams", "setup", "steps"] }),
  byFunction("drift-liquidation", "@drift-labs/sdk", /MaxPctToLiquidate|CoverMarginShortage/),
];
