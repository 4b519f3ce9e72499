import { parseExpiryLabel } from "../calendar.ts";
import { type Instrument } from "../instrument.ts";

/** US dollars in one contract of Deribit's inverse perpetuals and futures. */
export const inverseContractUsd = (currency: string): number => (currency === "BTC" ? 10 : 1);

const pattern =
  /^([A-Z0-9]+)(?:_([A-Z0-9]+))?(?:-(PERPETUAL|\d{1,2}[A-Z]{3}\d{2})(?:-(\d+(?:d\d+)?)-([CP]))?)?$/;

/**
 * The instrument that a Deribit name stands for: `BTC-PERPETUAL`, `BTC-27MAR26`, `BTC-27MAR26-100000-C`,
 * `XRP_USDC-27MAR26-0d625-P`, `BTC_USDC`. Undefined for combinations and anything else.
 *
 * Contract sizes are those that Deribit's amounts count in: one unit of underlying, and for inverse perpetuals and
 * futures the dollars of one contract, 10 for BTC and 1 for others unless `contractUsd` says otherwise.
 *
 * @throws {PlimsollError} `PLM_FIELD` when the name holds an impossible date.
 */
export function instrumentFromDeribitName(name: string, contractUsd?: number): Instrument | undefined {
  const match = pattern.exec(name);
  const underlying = match?.[1];
  if (!match || underlying === undefined) return undefined;
  const [, , quote, term, strike, side] = match;
  const linear = quote !== undefined;
  const base = { id: name, underlying, quoteAsset: quote ?? "USD", venue: "deribit" };
  if (term === undefined) {
    // A lone currency is no instrument.
    return linear ? { kind: "spot", ...base, settlement: "linear", contractSize: 1 } : undefined;
  }
  const settlement = linear ? "linear" : "inverse";
  const contractSize = linear ? 1 : (contractUsd ?? inverseContractUsd(underlying));
  if (term === "PERPETUAL") {
    return strike === undefined ? { kind: "perpetual", ...base, settlement, contractSize } : undefined;
  }
  const expiryMs = parseExpiryLabel(term, name);
  if (strike === undefined) return { kind: "future", ...base, settlement, contractSize, expiryMs };
  const optionType = side === "C" ? "call" : "put";
  return {
    kind: "option",
    ...base,
    settlement,
    contractSize: 1,
    expiryMs,
    strike: Number(strike.replace("d", ".")),
    optionType,
  };
}
