import { type Market, parseMarket, parsePortfolio, type Portfolio } from "../../market/index.ts";
import { formatTime } from "../../market/calendar.ts";
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

export const baseName = (file: string): string => file.split(/[\\/]/).at(-1) ?? file;
const isJson = (text: string): boolean => /^\s*[[{]/.test(text);
/** From here on the snapshot that `--at` found is named as being another instant than the one asked for. */
const farMs = 3_600_000;
const isPlimsoll = (text: string): boolean => /^\s*\{[^{}]{0,2000}?"schema"\s*:/.test(text);

function chainMarket(
  { file, text }: TextFile,
  atMs: number | undefined,
): { market: Market; notes: readonly Note[] } {
  const name = baseName(file);
  const rows = [...optionChainRows(text, { name })];
  const snapshots = listSnapshots(rows);
  const distanceMs = ({ fromMs }: { readonly fromMs: number }): number =>
    Math.abs(fromMs - (atMs ?? Infinity));
  const nearest =
    atMs === undefined ? snapshots.at(-1) : snapshots.toSorted((a, b) => distanceMs(a) - distanceMs(b))[0];
  if (!nearest) {
    throw new PlimsollError("PLM_CSV_SYNTAX", {
      field: name,
      value: "a header without rows",
      limit: "a table of option quotes",
      remedy: "Fetch the file again: a failed download ends like this.",
    });
  }
  const { market, notes } = marketFromOptionChain(rows, { source: name, snapshot: nearest.snapshot });
  if (atMs === undefined || distanceMs(nearest) <= farMs) return { market, notes };
  const message = `the snapshot of ${name} nearest to --at is of ${formatTime(nearest.fromMs)}`;
  return { market, notes: [{ id: "far-snapshot", message }, ...notes] };
}

/** A market that is one instant, whatever `--at` says. */
function ofOneInstant<T extends { readonly notes: readonly Note[] }>(
  reading: T,
  atMs: number | undefined,
): T {
  if (atMs === undefined) return reading;
  const message = "--at chooses a snapshot of a table; this market holds one instant, and --at was not used";
  return { ...reading, notes: [{ id: "unused-at", message }, ...reading.notes] };
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
      return ofOneInstant(
        { market: parseMarket(first.text, { name: baseName(first.file) }), notes: [] },
        atMs,
      );
  }
  const { api, fields } = sortResponses(parsedAll(files));
  return ofOneInstant(api === "deribit" ? marketFromDeribit(fields) : marketFromCcxt(fields), atMs);
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
  const held = api === "deribit" ? "accountSummaries" : "balance";
  if (!["positions", held, "openOrders"].some((field) => field in fields)) {
    throw new PlimsollError("PLM_FIELD", {
      field: files.map(({ file }) => baseName(file)).join(", "),
      value: `${Object.keys(fields).join(", ")} of ${api}`,
      limit: "what an account holds: positions, balances or orders",
      remedy: "A market is given with --market.",
    });
  }
  const reading =
    api === "deribit"
      ? portfolioFromDeribit({ ...fields, market })
      : portfolioFromCcxt({ ...fields, balance: fields["balance"]?.[0], market });
  if (held in fields) return reading;
  const message = `no balances were given: the account is margined without cash or coin`;
  return { ...reading, notes: [{ id: "no-balances", message }, ...reading.notes] };
}
