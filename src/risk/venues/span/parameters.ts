import { type TSchema, Type } from "typebox";
import { checkOwners, closed, defineSheet, entryOf, type SheetHead } from "../shared/sheet.ts";

/** Name and version of a SPAN parameter sheet. */
export const spanSheetId = "plimsoll/span-sheet@1";

/** One combined commodity: an underlying with all its contracts. */
export interface SpanCommodity {
  /** Empty: every underlying that no other entry names. */
  readonly underlyings: readonly string[];
  /** Relative move of the price scan range. */
  readonly priceScanRange: number;
  /** Relative move of volatility. */
  readonly volatilityScanRange: number;
  /** Charge on delta spread between expiries, share of its notional. */
  readonly calendarSpreadRate: number;
  /** Least charge per short option, share of its notional. */
  readonly shortOptionMinimumRate: number;
}

/** Parameters of the SPAN method. They are a clearing house's own: the method prescribes none. */
export interface SpanSheet extends SheetHead {
  readonly schema: typeof spanSheetId;
  /** The two extreme scenarios move by this multiple of the range. */
  readonly extremeMultiple: number;
  /** Share of an extreme loss that counts. */
  readonly extremeCover: number;
  /** Time that every scenario lets pass. */
  readonly lookAheadDays: number;
  /** Initial over maintenance margin. */
  readonly initialFactor: number;
  readonly commodities: readonly SpanCommodity[];
  /** Credits for opposite deltas of two underlyings, in order of priority. */
  readonly interCommodity: readonly { readonly legs: readonly string[]; readonly rate: number }[];
}

const share = Type.Number({ minimum: 0, maximum: 1 });
const name = Type.String({ minLength: 1, maxLength: 64 });

const format = defineSheet({
  id: spanSheetId,
  fields: {
    extremeMultiple: Type.Number({ minimum: 1, maximum: 10 }),
    extremeCover: share,
    lookAheadDays: Type.Number({ minimum: 0, maximum: 30 }),
    initialFactor: Type.Number({ minimum: 1, maximum: 10 }),
    commodities: Type.Array(
      Type.Object(
        {
          underlyings: Type.Array(name, { maxItems: 1_000 }),
          priceScanRange: Type.Number({ minimum: 0.0001, maximum: 0.95 }),
          volatilityScanRange: share,
          calendarSpreadRate: share,
          shortOptionMinimumRate: share,
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
    interCommodity: Type.Array(
      Type.Object({ legs: Type.Array(name, { minItems: 2, maxItems: 2 }), rate: share }, closed),
      { maxItems: 1_000 },
    ),
  },
  check(sheet, problems) {
    checkOwners(problems, "commodities", sheet.commodities, ({ underlyings }) => underlyings);
    for (const [index, { priceScanRange }] of sheet.commodities.entries()) {
      if (priceScanRange * sheet.extremeMultiple < 1) continue;
      problems.add("PLM_DOMAIN", {
        field: `commodities[${index}].priceScanRange`,
        value: priceScanRange,
        limit: `below 1 ÷ extremeMultiple, so that an extreme fall leaves a price`,
        remedy: "Narrow the range.",
      });
    }
  },
});

/** JSON Schema of {@link SpanSheet}. */
export const spanSheetSchema: TSchema = format.schema;

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readSpanSheet: (json: unknown) => SpanSheet = format.read;

/** The entry of an underlying: the one that names it, else the one that names none. */
export const spanCommodityOf = (sheet: SpanSheet, underlying: string): SpanCommodity | undefined =>
  entryOf(sheet.commodities, underlying);

/** The method with round figures of our own: no clearing house's sheet. The same document as params/venues/span.json. */
export const spanSheet: SpanSheet = {
  schema: spanSheetId,
  name: "SPAN method with Plimsoll's illustrative parameters",
  asOf: "2026-02-01",
  sources: [
    {
      url: "https://www.cmegroup.com/clearing/risk-management/span-overview.html",
      note: "the 16 scenarios, their cover and the order of terms; volatility range 35 % as in its S&P 500 example",
    },
    {
      url: "docs/venues/span.md",
      note: "price scan ranges, spread rates, credit and short option minimum: round figures of our own, in no clearing house's sheet",
    },
  ],
  extremeMultiple: 2,
  extremeCover: 0.33,
  lookAheadDays: 1,
  initialFactor: 1.1,
  commodities: [
    {
      underlyings: ["BTC"],
      priceScanRange: 0.15,
      volatilityScanRange: 0.35,
      calendarSpreadRate: 0.01,
      shortOptionMinimumRate: 0.005,
    },
    {
      underlyings: ["ETH"],
      priceScanRange: 0.2,
      volatilityScanRange: 0.35,
      calendarSpreadRate: 0.01,
      shortOptionMinimumRate: 0.005,
    },
    {
      underlyings: [],
      priceScanRange: 0.3,
      volatilityScanRange: 0.35,
      calendarSpreadRate: 0.02,
      shortOptionMinimumRate: 0.01,
    },
  ],
  interCommodity: [{ legs: ["BTC", "ETH"], rate: 0.5 }],
};
