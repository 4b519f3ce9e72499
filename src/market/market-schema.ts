import { type Static, type TSchema, Type } from "typebox";
import {
  amountUsd,
  fraction,
  identifier,
  maxExpiries,
  maxInstruments,
  maxUnderlyings,
  price,
  quotedPrice,
  timeMs,
  vol,
} from "./document-fields.ts";
import { type AssetKind, type Quote } from "./market.ts";
import { type Instrument } from "./instrument.ts";
import { type Problems } from "./problems.ts";
import { type SviBend } from "./svi.ts";
import { followsSchema } from "./schema-check.ts";

/** Name and version of the market document. */
export const marketSchemaId = "plimsoll/market@1";

/** One expiry of a fitted surface: raw SVI total variance w(k) = a + b·(ρ(k − m) + √((k − m)² + σ²)), k = ln(strike/forward). */
export interface SurfaceSliceDocument {
  readonly expiryMs: number;
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly m: number;
  readonly sigma: number;
  /** Log-moneyness range of the quotes that the slice was fitted to. */
  readonly minLogMoneyness: number;
  readonly maxLogMoneyness: number;
  /** Changes of slope in the wings. Default none. */
  readonly bends?: readonly SviBend[];
}

export interface AssetDocument {
  readonly asset: string;
  readonly kind: AssetKind;
  readonly priceUsd: number;
  /** Default 1. */
  readonly confidence?: number;
  readonly underlying?: string;
}

export interface UnderlyingDocument {
  readonly symbol: string;
  readonly indexUsd: number;
  /** Default 1. */
  readonly confidence?: number;
  /** Ascending by expiry. May be empty: every forward is then the index. */
  readonly forwards: readonly { readonly expiryMs: number; readonly forward: number }[];
  readonly surface?: { readonly slices: readonly SurfaceSliceDocument[] };
  readonly depth50bpsUsd?: number;
  readonly dailyVolumeUsd?: number;
}

/** A quote as written: `timeMs` defaults to the document's `asOfMs`, `confidence` to 1. */
export type QuoteDocument = Omit<Quote, "timeMs" | "confidence"> &
  Partial<Pick<Quote, "timeMs" | "confidence">>;

/** A market in JSON: everything needed to margin a book at one instant. */
export interface MarketDocument {
  readonly schema: typeof marketSchemaId;
  readonly asOfMs: number;
  readonly source: string;
  readonly synthetic: boolean;
  readonly assets: readonly AssetDocument[];
  readonly underlyings: readonly UnderlyingDocument[];
  readonly instruments: readonly Instrument[];
  readonly quotes: readonly QuoteDocument[];
}

const closed = { additionalProperties: false };

const shape = {
  id: identifier("Unique identifier, such as BTC-27MAR26-100000-C."),
  underlying: identifier("Symbol of an entry of `underlyings`."),
  quoteAsset: identifier("Currency of price and strike: an entry of `assets`."),
  contractSize: price(
    "Of one contract. Spot, linear contracts and all options: units of underlying. Inverse perpetuals and futures: units of quote currency.",
  ),
  venue: Type.Optional(identifier("Where it trades.")),
};
const settlement = Type.Enum(["linear", "inverse"], {
  description: "How profit is paid. linear: in the quote currency. inverse: in the underlying coin.",
});
const expiryMs = timeMs("Expiry, after asOfMs.");

const instrument = Type.Union([
  Type.Object({ kind: Type.Literal("spot"), ...shape, settlement: Type.Enum(["linear"]) }, closed),
  Type.Object({ kind: Type.Literal("perpetual"), ...shape, settlement }, closed),
  Type.Object({ kind: Type.Literal("future"), ...shape, settlement, expiryMs }, closed),
  Type.Object(
    {
      kind: Type.Literal("option"),
      ...shape,
      settlement,
      expiryMs,
      strike: quotedPrice("Quote currency per unit of underlying."),
      optionType: Type.Enum(["call", "put"]),
    },
    closed,
  ),
]);

const quote = Type.Object(
  {
    instrument: identifier("Id of an entry of `instruments`."),
    mark: quotedPrice(
      "Coin for inverse options, else quote currency per unit. Above zero unless an option's.",
    ),
    bid: Type.Optional(quotedPrice("Best bid. Absent: none.")),
    ask: Type.Optional(quotedPrice("Best ask, at or above the bid. Absent: none.")),
    impliedVol: Type.Optional(vol("Black-76, annual fraction: 0.65 is 65 %. Options only.")),
    forward: Type.Optional(price("The forward that mark and impliedVol belong to. Options only.")),
    timeMs: Type.Optional(timeMs("When it was quoted. Default asOfMs.")),
    confidence: Type.Optional(fraction("0 to 1, 1 best. Default 1.")),
    openInterest: Type.Optional(amountUsd("Contracts.")),
  },
  closed,
);

const slice = Type.Object(
  {
    expiryMs,
    a: Type.Number({ minimum: -1e4, maximum: 1e4 }),
    b: Type.Number({ minimum: 0, maximum: 1e4 }),
    rho: Type.Number({ minimum: -1, maximum: 1 }),
    m: Type.Number({ minimum: -50, maximum: 50 }),
    sigma: Type.Number({ minimum: 0, maximum: 1e4 }),
    minLogMoneyness: Type.Number({ minimum: -100, maximum: 100 }),
    maxLogMoneyness: Type.Number({ minimum: -100, maximum: 100 }),
    bends: Type.Optional(
      Type.Array(
        Type.Object(
          {
            side: Type.Enum(["left", "right"]),
            at: Type.Number({ minimum: -50, maximum: 50 }),
            slope: Type.Number({ minimum: -1e4, maximum: 1e4 }),
            width: Type.Number({ minimum: 1e-6, maximum: 1e4 }),
          },
          closed,
        ),
        {
          maxItems: 8,
          description:
            "Changes of slope in the wings: each adds slope(x + sqrt(x^2 + width^2))/2, x = k - at on the right, at - k on the left.",
        },
      ),
    ),
  },
  {
    ...closed,
    description:
      "Raw SVI: total variance w(k) = a + b(rho(k - m) + sqrt((k - m)^2 + sigma^2)) at log-moneyness k = ln(strike/forward).",
  },
);

const schema = Type.Object(
  {
    schema: Type.Literal(marketSchemaId, { description: "Name and version of this format." }),
    asOfMs: timeMs("The instant that the market describes."),
    source: Type.String({ minLength: 1, maxLength: 1_000, description: "Where the numbers come from." }),
    synthetic: Type.Boolean({ description: "True when generated rather than observed." }),
    assets: Type.Array(
      Type.Object(
        {
          asset: identifier("Unique symbol, such as USDC."),
          kind: Type.Enum(["fiat", "stablecoin", "major", "staked", "other"]),
          priceUsd: price("USD per unit."),
          confidence: Type.Optional(fraction("0 to 1, 1 best. Default 1.")),
          underlying: Type.Optional(
            identifier("The entry of `underlyings` whose spot moves this asset: ETH for stETH and for ETH."),
          ),
        },
        closed,
      ),
      {
        minItems: 1,
        maxItems: maxUnderlyings,
        description: "Whatever can be held as collateral or pays profit.",
      },
    ),
    underlyings: Type.Array(
      Type.Object(
        {
          symbol: identifier("Unique symbol, such as BTC."),
          indexUsd: price("Spot index, USD per unit."),
          confidence: Type.Optional(fraction("0 to 1, 1 best. Default 1.")),
          forwards: Type.Array(
            Type.Object({ expiryMs, forward: price("Quote currency per unit.") }, closed),
            { maxItems: maxExpiries, description: "Ascending by expiry. Empty: every forward is the index." },
          ),
          surface: Type.Optional(
            Type.Object(
              {
                slices: Type.Array(slice, {
                  minItems: 1,
                  maxItems: maxExpiries,
                  description: "Ascending by expiry.",
                }),
              },
              {
                ...closed,
                description: "A fitted volatility surface. Absent: fitted from the option quotes.",
              },
            ),
          ),
          depth50bpsUsd: Type.Optional(
            amountUsd(
              "Resting size within 50 basis points of mid, bid plus ask, on its most liquid contract, USD.",
            ),
          ),
          dailyVolumeUsd: Type.Optional(amountUsd("Average traded value per day, USD.")),
        },
        closed,
      ),
      { maxItems: maxUnderlyings },
    ),
    instruments: Type.Array(instrument, {
      maxItems: maxInstruments,
      description: "Each has one entry in `quotes`.",
    }),
    quotes: Type.Array(quote, { maxItems: maxInstruments }),
  },
  {
    ...closed,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:plimsoll:schema:market:1",
    title: "Plimsoll market, version 1",
    description:
      "Everything needed to margin a book at one instant: assets, underlyings, instruments and their prices.",
  },
);

/** Of one entry of `instruments`. */
export const instrumentSchema: TSchema = instrument;
/** Of one entry of `quotes`. */
export const quoteSchema: TSchema = quote;
/** JSON Schema of {@link MarketDocument}, published as `schemas/market-1.json`. */
export const marketSchema: TSchema = schema;

/** Whether JSON is a market document. Compiles only while schema and {@link MarketDocument} agree. */
export const isMarketDocument: (json: unknown, problems: Problems) => json is MarketDocument = (
  json,
  problems,
): json is Static<typeof schema> => followsSchema(schema, json, problems);
