import { dayNumber, deribitExpiryTimeMs, msPerDay } from "../calendar.ts";
import { type Instrument } from "../instrument.ts";

const pattern = /^([^/:\s]+)\/([^/:\s-]+)(?::([^/:\s-]+)(?:-(\d{6})(?:-(\d+(?:\.\d+)?)-([CP]))?)?)?$/;

/** What a market's own entry adds to its symbol. */
export interface CcxtContract {
  readonly contractSize?: number | undefined;
  readonly expiryMs?: number | undefined;
  readonly venue?: string | undefined;
}

/**
 * The instrument that a ccxt symbol stands for: `BTC/USDT` spot, `BTC/USDT:USDT` perpetual, `BTC/USD:BTC-260327` future,
 * `BTC/USD:BTC-260327-100000-C` option. Inverse where the settlement currency is the base. Undefined for anything else.
 *
 * Its identifier is the symbol. A symbol names a day: without the market's own expiry it is 08:00 UTC, as on Deribit,
 * OKX, Binance and Bybit.
 */
export function instrumentFromCcxtSymbol(
  symbol: string,
  contract: CcxtContract = {},
): Instrument | undefined {
  const match = pattern.exec(symbol);
  const underlying = match?.[1];
  const quoteAsset = match?.[2];
  if (!match || underlying === undefined || quoteAsset === undefined) return undefined;
  const [, , , settle, day, strike, side] = match;
  const venue = contract.venue;
  const base = { id: symbol, underlying, quoteAsset, ...(venue !== undefined && { venue }) };
  if (settle === undefined) return { kind: "spot", ...base, settlement: "linear", contractSize: 1 };
  // Quanto contracts pay in a third currency.
  if (settle !== underlying && settle !== quoteAsset && !isSameDollar(settle, quoteAsset)) return undefined;
  const terms = {
    ...base,
    settlement: settle === underlying ? ("inverse" as const) : ("linear" as const),
    contractSize: contract.contractSize ?? 1,
  };
  if (day === undefined) return { kind: "perpetual", ...terms };
  const expiryMs = contract.expiryMs ?? dayExpiryMs(day);
  if (strike === undefined) return { kind: "future", ...terms, expiryMs };
  return {
    kind: "option",
    ...terms,
    expiryMs,
    strike: Number(strike),
    optionType: side === "C" ? "call" : "put",
  };
}

/** Options quoted in USD and paid in USDC or USDT are linear. */
const isSameDollar = (settle: string, quote: string): boolean =>
  settle.startsWith("USD") && quote.startsWith("USD");

function dayExpiryMs(yymmdd: string): number {
  const [year, month, day] = [yymmdd.slice(0, 2), yymmdd.slice(2, 4), yymmdd.slice(4)].map(Number);
  return (
    dayNumber({ year: 2000 + (year ?? 0), month: month ?? 1, day: day ?? 1 }) * msPerDay + deribitExpiryTimeMs
  );
}
