import { type Engine, type InstrumentSpec, type Rejection } from "../../clearing/index.ts";
import { formatMicros, formatUnits } from "./amounts.ts";
import { priceOf, sizeOf } from "./venue-views.ts";

/** A rejection's value and limit as decimals of a unit: what the machine counts in ticks, lots, units or micros. */
export interface RejectionUnits {
  /** Quote currency or asset; of sizes the underlying, or quote currency if inverse. */
  readonly unit: string;
  readonly value: string;
  readonly limit: string;
}

/** How a whole number of the machine's is told. */
interface Scale {
  readonly unit: string;
  readonly tell: (count: number) => string;
}

type Given = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Given => typeof value === "object" && value !== null;
const index = (value: unknown): number => (typeof value === "number" ? value : -1);

const usd: Scale = { unit: "USD", tell: formatMicros };

/** What the rejection's numbers count, in the caller's terms; undefined for those that are told as they are, such as account numbers. */
export function rejectionUnits(
  engine: Engine,
  command: unknown,
  { code, field, value, limit }: Rejection,
): RejectionUnits | undefined {
  if (!isRecord(command)) return undefined;
  const scale = scaleOf(engine, command, code, field);
  if (scale === undefined) return undefined;
  const { unit, tell } = scale;
  const told = (of: number | string): string =>
    String(of).replaceAll(/(?<![\w^.])-?\d+(?![\w^.])/g, (digits) =>
      Number.isSafeInteger(Number(digits)) ? tell(Number(digits)) : digits,
    );
  return { unit, value: told(value), limit: told(limit).replace(" micros of notional", " of notional") };
}

function scaleOf(engine: Engine, command: Given, code: Rejection["code"], field: string): Scale | undefined {
  // these count records, or are bounds of the machine's own
  if (code === "overCapacity" || code === "invalidSpec" || code === "malformed") return undefined;
  if (field === "shares") return undefined;
  if (code === "auctionMoved") {
    const auction = engine.stores.auctions.find(index(command["auction"]));
    return field.endsWith("Units") && auction ? amountScale(engine, auction.asset) : undefined;
  }
  if (code === "overKeyLimit" || code === "insufficientMargin") return usd;
  const spec = instrumentOf(engine, command, field);
  // What options may cost, and would: not lots, though it is these that are too many.
  const isHedge = code === "insufficientBudget" && command["type"] === "hedgeFund";
  const isMoney =
    isHedge || code === "insufficientBalance" || code === "overBorrowLimit" || code === "overDepositCap";
  if (isMoney) return amountScale(engine, assetOf(engine, command, spec));
  if (field.endsWith("Micros")) return usd;
  if (field === "units") return amountScale(engine, assetOf(engine, command, spec));
  if (spec === undefined) return undefined;
  const quote = spec.settlement === "inverse" ? usd.unit : spec.settlementAsset;
  if (/ticks(?:\[\d+\])?$/i.test(field)) {
    return { unit: quote, tell: (ticks) => priceOf(spec, ticks) };
  }
  if (!/lots$/i.test(field)) return undefined;
  return {
    unit: spec.settlement === "inverse" ? quote : spec.underlying,
    tell: (lots) => sizeOf(spec, lots),
  };
}

/** The instrument that the field is about. */
function instrumentOf({ stores }: Engine, command: Given, field: string): InstrumentSpec | undefined {
  const { orders, markets } = stores;
  const [, list = "", place = ""] = /^(quotes|legs)\[(\d+)\]/.exec(field) ?? [];
  const items: unknown = command[list];
  const item: unknown = Array.isArray(items) ? items[Number(place)] : command;
  let instrument = index(isRecord(item) ? item["instrument"] : undefined);
  if (command["type"] === "amendOrder") {
    const orderId = index(command["orderId"]);
    const slot =
      orderId > 0
        ? orders.find(orderId)
        : orders.findClient(index(command["account"]), index(command["clientOrderId"]));
    instrument = slot < 0 ? -1 : orders.instrument(slot);
  }
  return instrument >= 0 && instrument < markets.instruments.count
    ? markets.instrumentSpec(instrument)
    : undefined;
}

/** The asset that is paid: the command's own, what spot sells, or what the instrument settles in. */
function assetOf({ stores: { markets } }: Engine, command: Given, spec: InstrumentSpec | undefined): number {
  if (spec === undefined) return index(command["asset"]);
  const sells = spec.kind === "spot" && command["side"] === "sell";
  return markets.assets.find(sells ? spec.baseAsset : spec.settlementAsset);
}

function amountScale({ stores: { markets } }: Engine, asset: number): Scale | undefined {
  if (asset < 0 || asset >= markets.assets.count) return undefined;
  const { name, decimals } = markets.assetSpec(asset);
  return { unit: name, tell: (units) => formatUnits(units, decimals) };
}
