import { PlimsollError } from "../../../quantity/index.ts";

/** What is used of a ccxt exchange: its unified methods, answering with unified structures. */
export interface LiveExchange {
  readonly id: string;
  readonly has: Readonly<Record<string, unknown>>;
  readonly markets?: unknown;
  loadMarkets(): Promise<unknown>;
  fetchTicker(symbol: string): Promise<unknown>;
  fetchTickers(symbols: readonly string[]): Promise<unknown>;
  fetchOptionChain(currency: string): Promise<unknown>;
  close?(): Promise<unknown>;
}

/** Makes exchanges by ccxt's names for them. */
export type ExchangeFactory = (id: string, options: Readonly<Record<string, unknown>>) => LiveExchange;

type ExchangeClass = new (options: Readonly<Record<string, unknown>>) => LiveExchange;

/** Not a literal, so that neither compiler nor bundler looks for what need not be there. */
const packageName: string = "ccxt";

/**
 * The exchanges of the optional package `ccxt`.
 *
 * @param load - imports it; for tests.
 * @throws {PlimsollError} `PLM_FEED` when it is not installed.
 */
export async function ccxtExchanges(
  load: () => Promise<unknown> = () => import(packageName) as Promise<unknown>,
): Promise<ExchangeFactory> {
  let module: unknown;
  try {
    module = await load();
  } catch (cause) {
    throw new PlimsollError("PLM_FEED", {
      field: "ccxt",
      value: cause instanceof Error ? cause.message : String(cause),
      limit: "the package ccxt, installed beside plimsoll",
      remedy: "Run `npm install ccxt@4`, or use a synthetic or recorded feed.",
    });
  }
  const classes = isRecord(module) && isRecord(module["default"]) ? module["default"] : module;
  return (id, options) => {
    const found = isRecord(classes) && /^[a-z0-9]+$/.test(id) ? classes[id] : undefined;
    if (typeof found !== "function") {
      throw new PlimsollError("PLM_FEED", {
        field: "exchange",
        value: id,
        limit: "the id of an exchange that ccxt knows, such as kraken, coinbase or deribit",
        remedy: "Look it up at https://docs.ccxt.com, section Exchanges.",
      });
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ccxt's classes are not in our types: the package is optional
    return new (found as ExchangeClass)(options);
  };
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  (typeof value === "object" || typeof value === "function") && value !== null;
