import { type Market, type Portfolio } from "../../market/index.ts";
import { parseMarket, parsePortfolio } from "../../market/index.ts";
import { parseJson } from "../../market/json-text.ts";
import { listSnapshots, optionChainRows } from "../../market/readers/option-chain-csv.ts";
import { marketFromOptionChain } from "../../market/readers/option-chain-market.ts";
import { PlimsollError } from "../../quantity/index.ts";

export interface MarketTextOptions {
  /** The file's name, for errors and as the market's source. */
  readonly file: string;
  /** Which instant of a file of many: the nearest is taken. Default: the latest. */
  readonly atMs?: number;
}

const baseName = (file: string): string => file.split(/[\\/]/).at(-1) ?? file;

function chainMarket(text: string, { file, atMs }: MarketTextOptions): Market {
  const name = baseName(file);
  const rows = [...optionChainRows(text, { name })];
  const snapshots = listSnapshots(rows);
  const nearest =
    atMs === undefined
      ? snapshots.at(-1)
      : snapshots.toSorted((a, b) => Math.abs(a.fromMs - atMs) - Math.abs(b.fromMs - atMs))[0];
  const snapshot = nearest?.snapshot;
  return marketFromOptionChain(rows, { source: name, ...(snapshot === undefined ? {} : { snapshot }) })
    .market;
}

const isText = (text: string): boolean => /^\s*[[{]/.test(text);

/** Reads a market from any format that docs/formats.md lists, recognised by its content. */
export function readMarketText(text: string, options: MarketTextOptions): Market {
  if (!isText(text)) return chainMarket(text, options);
  return parseMarket(text, { name: baseName(options.file) });
}

export interface PortfolioTextOptions {
  readonly file: string;
  readonly market: Market;
}

/** Reads a portfolio from any format that docs/formats.md lists, recognised by its content. */
export function readPortfolioText(text: string, { file }: PortfolioTextOptions): Portfolio {
  const name = baseName(file);
  if (!isText(text)) {
    throw new PlimsollError("PLM_JSON_SYNTAX", {
      field: name,
      value: text.slice(0, 40),
      limit: "a JSON document: plimsoll/portfolio@1, or positions of Deribit or ccxt",
      remedy: "See docs/formats.md.",
    });
  }
  parseJson(text, { name });
  return parsePortfolio(text, { name });
}
