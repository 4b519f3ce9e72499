import { type Market, parseMarket, parsePortfolio, type Portfolio } from "../../market/index.ts";
import { parseJson } from "../../market/json-text.ts";
import { marketFromCcxt } from "../../market/readers/ccxt-market.ts";
import { portfolioFromCcxt } from "../../market/readers/ccxt-portfolio.ts";
import { marketFromDeribit } from "../../market/readers/deribit-market.ts";
import { portfolioFromDeribit } from "../../market/readers/deribit-portfolio.ts";
import { listSnapshots, optionChainRows } from "../../market/readers/option-chain-csv.ts";
import { marketFromOptionChain } from "../../market/readers/option-chain-market.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { sortResponses } from "./venue-response.ts";

/** A file that was read. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** What a reader left out or assumed. */
export interface Note {
  readonly id: string;
  readonly message: string;
}

const baseName = (file: string): string => file.split(/[\\/]/).at(-1) ?? file;
const isJson = (text: string): boolean => /^\s*[[{]/.test(text);
const isPlimsoll = (text: string): boolean => /^\s*\{[^{}]{0,2000}?"schema"\s*:/.test(text);

function chainMarket(
  { file, text }: TextFile,
  atMs: number | undefined,
): { market: Market; notes: readonly Note[] } {
  const name = baseName(file);
  const rows = [...optionChainRows(text, { name })];
  const snapshots = listSnapshots(rows);
  const nearest =
    atMs === undefined
      ? snapshots.at(-1)
      : snapshots.toSorted((a, b) => Math.abs(a.fromMs - atMs) - Math.abs(b.fromMs - atMs))[0];
  const snapshot = nearest?.snapshot;
  return marketFromOptionChain(rows, { source: name, ...(snapshot === undefined ? {} : { snapshot }) });
}

function parsedAll(files: readonly TextFile[]): { name: string; json: unknown }[] {
  return files.map(({ file, text }) => {
    const name = baseName(file);
    return { name, json: parseJson(text, { name }) };
  });
}

/**
 * Reads a market from any format that docs/formats.md lists, recognised by its content. Several files together must be
 * responses of one API.
 *
 * @param atMs - which snapshot of a table of many: the nearest. Default: the latest.
 */
export function readMarketTexts(
  files: readonly TextFile[],
  atMs?: number,
): { readonly market: Market; readonly notes: readonly Note[] } {
  const [first] = files;
  if (files.length === 1 && first) {
    if (!isJson(first.text)) return chainMarket(first, atMs);
    if (isPlimsoll(first.text))
      return { market: parseMarket(first.text, { name: baseName(first.file) }), notes: [] };
  }
  const { api, fields } = sortResponses(parsedAll(files));
  return api === "deribit" ? marketFromDeribit(fields) : marketFromCcxt(fields);
}

/** Reads a portfolio from any format that docs/formats.md lists, recognised by its content. */
export function readPortfolioTexts(
  files: readonly TextFile[],
  market: Market,
): { readonly portfolio: Portfolio; readonly notes: readonly Note[] } {
  const [first] = files;
  for (const { file, text } of files) {
    if (isJson(text)) continue;
    throw new PlimsollError("PLM_JSON_SYNTAX", {
      field: baseName(file),
      value: text.slice(0, 40),
      limit: "JSON: plimsoll/portfolio@1, or positions of Deribit or ccxt",
      remedy: "docs/formats.md has an example of each.",
    });
  }
  if (files.length === 1 && first && isPlimsoll(first.text)) {
    return { portfolio: parsePortfolio(first.text, { name: baseName(first.file) }), notes: [] };
  }
  const { api, fields } = sortResponses(parsedAll(files));
  return api === "deribit"
    ? portfolioFromDeribit({ ...fields, market })
    : portfolioFromCcxt({ ...fields, balance: fields["balance"]?.[0], market });
}
