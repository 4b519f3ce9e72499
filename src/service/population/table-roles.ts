/** What a recorded table can be to a replay. */
export type TableRole = "spot" | "perpetual" | "funding" | "asset" | "ratio" | "chain";

export interface CoinTable {
  readonly role: TableRole;
  readonly coin: string;
  readonly selection?: { readonly column?: string; readonly times?: string };
}

export interface Role {
  /** What a symbol of the table, or of its file's name, stands for. */
  coins(symbol: string): readonly CoinTable[];
}

/** Coins that only collateral is made of. */
const stablecoins = new Set(["USDC"]);
const staked = new Set(["stETH", "BETH", "WBETH"]);
/** Coins at par or nearly: nothing to trade perpetuals on. */
const notTraded = new Set([
  "USDT",
  "DAI",
  "TUSD",
  "USDP",
  "BUSD",
  "SUSD",
  "UST",
  "USTC",
  "USD1",
  "FDUSD",
  "PAX",
  "LUNC",
  "PAXG",
  "WBTC",
]);

const has = (columns: readonly string[], ...names: readonly string[]): boolean =>
  names.every((name) => columns.includes(name));

/** `BTCUSDT`, `BTCUSD_PERP`, `BTC-PERP`, `BTC` all stand for BTC. Empty for what stands for no coin. */
export function coinOf(symbol: string): string {
  const [, coin = ""] = /^([A-Za-z0-9]{2,16}?)(?:(?:USDT|USDC|USD)?(?:[_-]PERP|CM)?)$/.exec(symbol) ?? [];
  return coin;
}

/** The role of a table by its path and columns, or why it has none. */
export function roleOf(file: string, columns: readonly string[]): Role | string {
  const path = file.replaceAll("\\", "/");
  if (!has(columns, "ts_ms")) return "no column ts_ms";
  if (has(columns, "currency", "expiry_ms", "strike", "type", "forward", "index", "mark")) {
    return { coins: (coin) => [{ role: "chain", coin }] };
  }
  if (has(columns, "steth_eth")) {
    return {
      coins: () => [{ role: "ratio", coin: "stETH", selection: { column: "steth_eth", times: "ETH" } }],
    };
  }
  if (has(columns, "contract", "pair")) return "rows of several venues and contracts";
  if (has(columns, "rate")) return { coins: (symbol) => coins("funding", symbol) };
  if (!has(columns, "close")) return "no prices of a coin, funding or option chains";
  if (/perp_mark|mark_price/.test(path)) return "another venue's marks: this one makes its own";
  const role = /perp/i.test(path) ? "perpetual" : "spot";
  return { coins: (symbol) => coins(role, symbol) };
}

function coins(role: "spot" | "perpetual" | "funding", symbol: string): readonly CoinTable[] {
  const coin = coinOf(symbol);
  if (coin === "" || notTraded.has(coin)) return [];
  if (stablecoins.has(coin) || staked.has(coin)) return role === "spot" ? [{ role: "asset", coin }] : [];
  return [{ role, coin }];
}
