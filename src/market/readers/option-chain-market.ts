import { PlimsollError } from "../../quantity/error.ts";
import { expiryLabel, formatTime } from "../calendar.ts";
import { didYouMean } from "../closest.ts";
import { buildMarket, type MarketReading } from "../market-builder.ts";
import { inverseContractUsd } from "./deribit-name.ts";
import { type OptionChainRow } from "./option-chain-csv.ts";

export interface OptionChainMarketOptions {
  /** Which snapshot: a value of {@link OptionChainRow.snapshot}. Default: the only one, else the latest. */
  readonly snapshot?: string;
  /** Where the rows come from, for display. Default `option chain`. */
  readonly source?: string;
  /** Add spot, perpetuals and dated futures implied by index and forwards. Default true. */
  readonly implied?: boolean;
}

/** The name of an option as Deribit writes it: `BTC-27MAR26-100000-C`. */
export const optionName = (
  prefix: string,
  expiryMs: number,
  strike: number,
  optionType: "call" | "put",
): string =>
  `${prefix}-${expiryLabel(expiryMs)}-${String(strike).replace(".", "d")}-${optionType === "call" ? "C" : "P"}`;

/**
 * A market from one snapshot of an option chain: inverse options of one coin each, a forward per expiry and an index (medians
 * of the rows', which are not all taken at one instant). A chain says nothing of other products: spot, perpetuals at the
 * index and a future per expiry at its forward are added unless `implied` is false, and the market's source says so. No surface:
 * it is fitted from the quotes.
 *
 * @param rows - of one snapshot or several.
 * @throws {PlimsollError} `PLM_UNKNOWN` when no row belongs to the snapshot.
 */
export function marketFromOptionChain(
  rows: Iterable<OptionChainRow>,
  options: OptionChainMarketOptions = {},
): MarketReading {
  const { chosen, asOfMs } = chooseSnapshot([...rows], options.snapshot);
  const implied = options.implied ?? true;
  const assumption = implied
    ? "; spot and perpetuals at the index, futures at the forwards, USDC and USDT at 1 USD, stETH at par"
    : "";
  const source = `${options.source ?? "option chain"} at ${formatTime(asOfMs)}${assumption}`;
  const builder = buildMarket(asOfMs, source);
  for (const row of chosen) {
    const { currency, expiryMs, strike, optionType, forward } = row;
    builder.index(currency, row.indexUsd);
    builder.forward(currency, expiryMs, forward);
    builder.add(
      {
        id: optionName(currency, expiryMs, strike, optionType),
        kind: "option",
        underlying: currency,
        quoteAsset: "USD",
        settlement: "inverse",
        contractSize: 1,
        venue: "deribit",
        expiryMs,
        strike,
        optionType,
      },
      row,
    );
  }
  if (!implied) return builder.build();
  for (const stablecoin of ["USDC", "USDT"]) builder.asset(stablecoin, "stablecoin", 1);
  const { market } = builder.build();
  const ether = market.underlyings.get("ETH");
  if (ether) builder.asset("stETH", "staked", ether.indexUsd, "ETH");
  for (const [symbol, { indexUsd, forwards }] of market.underlyings) {
    const inverse = {
      underlying: symbol,
      quoteAsset: "USD",
      settlement: "inverse",
      contractSize: inverseContractUsd(symbol),
      venue: "deribit",
    } as const;
    const linear = { ...inverse, quoteAsset: "USDC", settlement: "linear", contractSize: 1 } as const;
    builder.add({ id: `${symbol}-PERPETUAL`, kind: "perpetual", ...inverse }, { mark: indexUsd });
    builder.add({ id: `${symbol}_USDC-PERPETUAL`, kind: "perpetual", ...linear }, { mark: indexUsd });
    builder.add({ id: `${symbol}_USDC`, kind: "spot", ...linear }, { mark: indexUsd });
    for (const { expiryMs, forward } of forwards.points) {
      const id = `${symbol}-${expiryLabel(expiryMs)}`;
      builder.add({ id, kind: "future", ...inverse, expiryMs }, { mark: forward });
    }
  }
  return builder.build();
}

function chooseSnapshot(
  rows: readonly OptionChainRow[],
  wanted: string | undefined,
): { readonly chosen: readonly OptionChainRow[]; readonly asOfMs: number } {
  let latest: OptionChainRow | undefined;
  for (const row of rows) {
    if (wanted === undefined ? row.timeMs > (latest?.timeMs ?? -1) : row.snapshot === wanted) latest = row;
  }
  if (!latest) {
    const known = new Set(rows.map(({ snapshot }) => snapshot));
    throw new PlimsollError("PLM_UNKNOWN", {
      field: "snapshot",
      value: wanted,
      limit: "a snapshot of the chain",
      remedy: didYouMean(wanted ?? "", known, `It holds ${[...known].slice(0, 5).join(", ") || "none"}.`),
    });
  }
  const { snapshot } = latest;
  const chosen = rows.filter((row) => row.snapshot === snapshot);
  // Rows of one snapshot may be taken minutes apart: the market is as of the last.
  const asOfMs = chosen.reduce((last, { timeMs }) => Math.max(last, timeMs), 0);
  return { chosen, asOfMs };
}
