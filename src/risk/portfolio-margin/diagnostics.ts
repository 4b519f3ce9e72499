import { type Portfolio } from "../../market/index.ts";
import { type Diagnostic } from "../margin-model.ts";
import { type Book } from "./book.ts";
import { type PreparedMarket } from "./prepare.ts";

/** Age beyond which a mark is called stale. */
export const staleMarkMs = 3_600_000;
/** Age beyond which a history is called stale. */
export const staleHistoryMs: number = 7 * 86_400_000;

const list = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");

/** What a reader of the result must know about its input. */
export function diagnostics(
  prepared: PreparedMarket,
  portfolio: Portfolio,
  book: Book,
): readonly Diagnostic[] {
  const { market, history, parameters } = prepared;
  const found: Diagnostic[] = [];
  const say = (severity: Diagnostic["severity"], id: string, message: string): void => {
    found.push({ severity, id, message });
  };
  const sayFor = (
    severity: Diagnostic["severity"],
    id: string,
    names: readonly string[],
    message: (names: string) => string,
  ): void => {
    const sorted = [...new Set(names)].sort();
    if (sorted.length > 0) say(severity, id, message(list(sorted)));
  };
  const rows = [...book.items, ...book.orders].map((item) => item.rows);
  const used = new Set(rows.flatMap(({ underlying }) => prepared.underlyings[underlying]?.symbol ?? []));

  if (market.synthetic) say("info", "synthetic-market", "The market is generated, not observed.");
  if (history?.synthetic === true) {
    say("info", "synthetic-history", "The history of risk factors is generated, not observed.");
  }
  if (!history) {
    say(
      "warning",
      "missing-history",
      "No history was given: no Expected Shortfall, the stress measures stand alone.",
    );
  } else if (history.scenarios.length === 0) {
    say(
      "warning",
      "missing-history",
      `The history has ${history.moves} past moves before the market's instant; ${parameters.shortfall.minimumMoves} are needed. No Expected Shortfall, the stress measures stand alone.`,
    );
  } else {
    const own = (symbols: readonly string[]): readonly string[] =>
      symbols.filter((symbol) => used.has(symbol));
    sayFor(
      "warning",
      "spot-by-beta",
      own(history.spotByBeta),
      (names) =>
        `No price history for ${names}: past moves follow ${history.reference ?? "the reference"} by the class's beta.`,
    );
    sayFor(
      "info",
      "partial-history",
      [...history.spotPartly].flatMap(([symbol, share]) =>
        used.has(symbol) ? `${symbol} (${Math.round(share * 100)} % of the moves)` : [],
      ),
      (names) =>
        `The price history is shorter than ${history.reference ?? "the reference"}'s for ${names}: older moves follow by beta.`,
    );
    sayFor(
      "info",
      "peg-without-history",
      rows.flatMap(({ kind, item }) => {
        const asset = kind === "asset" ? market.assets.get(item)?.kind : undefined;
        return (asset === "staked" || asset === "stablecoin") && !history.pegDays.has(item) ? item : [];
      }),
      (names) => `No history of the peg of ${names}: only the stress scenarios move it.`,
    );
    const optioned = new Set(
      rows.flatMap(({ isOption, underlying }) =>
        isOption ? (prepared.underlyings[underlying]?.symbol ?? []) : [],
      ),
    );
    sayFor(
      "info",
      "volatility-by-beta",
      history.volByBeta.filter((symbol) => optioned.has(symbol)),
      (names) => `No volatility history for ${names}: past volatility moves follow spot by the class's beta.`,
    );
    if (history.staleMs > staleHistoryMs) {
      const days = Math.round(history.staleMs / 86_400_000);
      say(
        "info",
        "stale-history",
        `The newest observation of the history is ${days} days older than the market.`,
      );
    }
  }
  sayFor(
    "info",
    "default-class",
    [...used].filter((symbol) => !Object.hasOwn(parameters.underlyings, symbol)),
    (names) => `No risk class is set for ${names}: the default class applies.`,
  );
  sayFor(
    "info",
    "extrapolated-volatility",
    rows.flatMap(({ item, revaluation }) => (revaluation?.extrapolatedVol ? item : [])),
    (names) => `Volatility lies outside its surface's quotes for ${names}.`,
  );
  sayFor(
    "warning",
    "assumed-volatility",
    rows.flatMap(({ item, revaluation }) => (revaluation?.vol?.source === "default" ? item : [])),
    (names) => `No volatility is known for ${names}: the class's default is used.`,
  );
  const instruments = rows.filter(({ kind }) => kind === "instrument").map(({ item }) => item);
  sayFor(
    "warning",
    "missing-mark",
    instruments.filter((id) => !market.quotes.has(id)),
    (names) => `No quote for ${names}: marked at the index, options at zero.`,
  );
  sayFor(
    "warning",
    "stale-mark",
    instruments.filter(
      (id) => market.asOfMs - (market.quotes.get(id)?.timeMs ?? market.asOfMs) > staleMarkMs,
    ),
    (names) => `Marks older than ${staleMarkMs / 60_000} minutes: ${names}.`,
  );
  sayFor(
    "warning",
    "unknown-item",
    [
      ...portfolio.positions
        .filter(({ instrument }) => !market.instruments.has(instrument))
        .map((p) => p.instrument),
      ...portfolio.orders
        .filter(({ instrument }) => !market.instruments.has(instrument))
        .map((o) => o.instrument),
      ...portfolio.balances
        .filter(({ asset }) => asset !== parameters.settlementAsset && !prepared.assetRow(asset))
        .map(({ asset }) => asset),
    ],
    (names) => `Not in the market, and left out: ${names}.`,
  );
  return found;
}
