import {
  checkPortfolio,
  type History,
  type Market,
  parseHistory,
  type Portfolio,
  syntheticHistory,
} from "../../market/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { defaultMarginParameters } from "../parameters.ts";
import { type MarginParameters, parseMarginParameters } from "../../risk/index.ts";
import { withFittedSurfaces } from "../../pricing/index.ts";
import { namingFile } from "./naming-file.ts";
import { packageFile } from "./package-file.ts";
import { readText } from "./read-file.ts";
import { type Note, readMarketTexts, readPortfolioTexts, type TextFile } from "./recognise.ts";

/** Seed of the example market and of its history. */
export const exampleSeed: number = 1;

/** Where a market and what belongs to it come from; all optional. */
export interface MarketOptions {
  /** One file, or several responses of one API. */
  readonly market?: string | readonly string[] | undefined;
  readonly at?: string | undefined;
  readonly history?: string | undefined;
  readonly params?: string | undefined;
  /** Parameter sheets of venues, in place of the shipped ones. */
  readonly sheet?: readonly string[] | undefined;
}

/** A market and what margin models need to know of it. */
export interface MarketContext {
  readonly market: Market;
  /** Absent: no past is known, so no expected shortfall. */
  readonly history?: History;
  readonly parameters: MarginParameters;
  /** Files of venues' parameter sheets, in place of the shipped ones. */
  readonly sheetFiles: readonly string[];
  /** What the readers left out or assumed. */
  readonly notes: readonly Note[];
}

export interface BookOptions extends MarketOptions {
  /** One file, or several responses of one API. */
  readonly portfolio?: string | readonly string[] | undefined;
}

/** Everything a margin command works on. */
export interface Book extends MarketContext {
  readonly portfolio: Portfolio;
}

const isoPattern = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Milliseconds of an ISO text, in UTC unless it names a zone; NaN when it is none. */
function isoMs(text: string): number {
  const [, day = "", zone] = isoPattern.exec(text) ?? [];
  // `Date.parse` would take 30 February for 2 March, and a time without a zone for the local one.
  const dayMs = Date.parse(`${day}T00:00Z`);
  if (!Number.isFinite(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== day) return NaN;
  return Date.parse(text.length > day.length && zone === undefined ? `${text}Z` : text);
}

/** An instant given as epoch milliseconds (not seconds: at least twelve digits) or in ISO form, UTC when no zone is named. */
export function parseInstant(
  text: string,
  field: string,
  limit: string = "epoch milliseconds or an ISO instant such as 2026-02-05T12:00Z",
): number {
  const ms = /^\d{12,15}$/.test(text) ? Number(text) : isoMs(text);
  if (Number.isFinite(ms)) return ms;
  throw new PlimsollError("PLM_USAGE", {
    field,
    value: text,
    limit,
    remedy: "Correct the instant.",
  });
}

const listOf = (files: string | readonly string[] | undefined): readonly string[] =>
  files === undefined ? [] : typeof files === "string" ? [files] : files;

const readAll = (files: readonly string[]): Promise<TextFile[]> =>
  Promise.all(files.map(async (file) => ({ file, text: await readText(file) })));

/** Reads a market in any supported format, with a surface fitted to every underlying that has option quotes. */
export async function loadMarket(
  files: string | readonly string[] | undefined,
  at: string | undefined,
): Promise<{ market: Market; notes: readonly Note[] }> {
  const atMs = at === undefined ? undefined : parseInstant(at, "--at");
  const named = listOf(files);
  const texts = await readAll(named.length > 0 ? named : [packageFile("examples/market.json")]);
  const { market, notes } = namingFile(named, () => readMarketTexts(texts, atMs));
  return { market: withFittedSurfaces(market), notes };
}

async function loadHistory(file: string | undefined, market: Market): Promise<History | undefined> {
  if (file !== undefined) {
    const text = await readText(file);
    return namingFile([file], (name) => parseHistory(text, { name }));
  }
  // A made-up past belongs to a made-up market only.
  return market.synthetic ? syntheticHistory({ seed: exampleSeed, asOfMs: market.asOfMs }) : undefined;
}

async function loadParameters(file: string | undefined): Promise<MarginParameters> {
  if (file === undefined) return defaultMarginParameters();
  const text = await readText(file);
  return namingFile([file], (name) => parseMarginParameters(text, { name }));
}

/** Loads a market, its history and the margin parameters. Without files: the seeded synthetic market and history. */
export async function loadMarketContext(options: MarketOptions): Promise<MarketContext> {
  const { market, notes } = await loadMarket(options.market, options.at);
  const history = await loadHistory(options.history, market);
  const parameters = await loadParameters(options.params);
  return { market, parameters, sheetFiles: options.sheet ?? [], notes, ...(history ? { history } : {}) };
}

/** Loads a book and its market, and checks that the market prices all that the book holds. Without files: the examples. */
export async function loadBook(options: BookOptions): Promise<Book> {
  const context = await loadMarketContext(options);
  const named = listOf(options.portfolio);
  const files = await readAll(named.length > 0 ? named : [packageFile("examples/portfolio.json")]);
  const { portfolio, notes } = namingFile(named, () => {
    const reading = readPortfolioTexts(files, context.market);
    checkPortfolio(reading.portfolio, context.market);
    return reading;
  });
  return { ...context, portfolio, notes: [...context.notes, ...notes] };
}
