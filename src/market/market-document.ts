import { type Instrument } from "./instrument.ts";
import { type JsonTextOptions, parseJson } from "./json-text.ts";
import { linearForwardCurve } from "./linear-forward-curve.ts";
import { checkMarketDocument } from "./market-checks.ts";
import {
  type AssetDocument,
  isMarketDocument,
  type MarketDocument,
  marketSchemaId,
  type QuoteDocument,
  type UnderlyingDocument,
} from "./market-schema.ts";
import { type AssetState, type Market, type Quote, type UnderlyingState } from "./market.ts";
import { type Checked, collectProblems, type Problems, valueOrThrow } from "./problems.ts";
import { checkVersion } from "./schema-version.ts";
import { writeDocument } from "./write-document.ts";
import { type VolatilitySurface } from "./surface.ts";
import { sviSurface, type SviSlice } from "./svi-surface.ts";

/**
 * Reads a market document.
 *
 * @param text - JSON, at most {@link JsonTextOptions.maxLength} characters.
 * @throws {PlimsollError} the first thing wrong with it. {@link checkMarketText} gives all.
 */
export const parseMarket = (text: string, options: JsonTextOptions = {}): Market =>
  valueOrThrow(checkMarketText(text, options));

/** Like {@link parseMarket}, but returns every error found (at most 100) instead of throwing the first. */
export function checkMarketText(text: string, options: JsonTextOptions = {}): Checked<Market> {
  const problems = collectProblems();
  const json = problems.attempt(() => parseJson(text, { name: "market", ...options }));
  if (problems.errors.length > 0) return { errors: problems.errors };
  return checkMarketValue(json);
}

/** Like {@link checkMarketText}, for JSON that is already parsed. */
export function checkMarketValue(json: unknown): Checked<Market> {
  const problems = collectProblems();
  if (!checkVersion(json, marketSchemaId, problems)) return { errors: problems.errors };
  if (!isMarketDocument(json, problems)) return { errors: problems.errors };
  checkMarketDocument(json, problems);
  const value = problems.errors.length === 0 ? marketFromDocument(json, problems) : undefined;
  return value && problems.errors.length === 0 ? { value, errors: [] } : { errors: problems.errors };
}

function marketFromDocument(document: MarketDocument, problems: Problems): Market {
  const { asOfMs, source, synthetic } = document;
  return {
    asOfMs,
    source,
    synthetic,
    assets: new Map(
      document.assets.map((asset): [string, AssetState] => [asset.asset, { confidence: 1, ...asset }]),
    ),
    underlyings: new Map(
      document.underlyings.map((underlying, index): [string, UnderlyingState] => [
        underlying.symbol,
        underlyingFromDocument(asOfMs, underlying, `underlyings[${index}]`, problems),
      ]),
    ),
    instruments: new Map(document.instruments.map((instrument) => [instrument.id, instrument])),
    quotes: new Map(
      document.quotes.map((quote): [string, Quote] => [
        quote.instrument,
        { timeMs: asOfMs, confidence: 1, ...quote },
      ]),
    ),
  };
}

function underlyingFromDocument(
  asOfMs: number,
  { forwards, surface, ...rest }: UnderlyingDocument,
  path: string,
  problems: Problems,
): UnderlyingState {
  const fitted =
    surface &&
    problems.attempt(
      () =>
        sviSurface({
          asOfMs,
          slices: surface.slices.map(
            ({ expiryMs, minLogMoneyness, maxLogMoneyness, ...parameters }): SviSlice => ({
              expiryMs,
              parameters,
              minLogMoneyness,
              maxLogMoneyness,
            }),
          ),
        }),
      `${path}.surface`,
    );
  return {
    confidence: 1,
    ...rest,
    forwards: linearForwardCurve({ asOfMs, spot: rest.indexUsd, points: forwards }),
    ...(fitted && { surface: fitted }),
  };
}

/** Writes a market as a document that {@link parseMarket} reads back to an equal market. One entry a line. */
export const writeMarket = (market: Market): string => writeDocument(marketToDocument(market));

/**
 * The document of a market. A surface that is not made of SVI slices is left out: whoever reads the document fits it
 * again from the quotes.
 */
export function marketToDocument(market: Market): MarketDocument {
  return {
    schema: marketSchemaId,
    asOfMs: market.asOfMs,
    source: market.source,
    synthetic: market.synthetic,
    assets: [...market.assets.values()].map(({ confidence, ...asset }): AssetDocument => ({
      ...asset,
      ...(confidence !== 1 && { confidence }),
    })),
    underlyings: [...market.underlyings.values()].map(underlyingToDocument),
    instruments: [...market.instruments.values()].map((instrument): Instrument => ({ ...instrument })),
    quotes: [...market.quotes.values()].map(({ timeMs, confidence, ...quote }): QuoteDocument => ({
      ...quote,
      ...(timeMs !== market.asOfMs && { timeMs }),
      ...(confidence !== 1 && { confidence }),
    })),
  };
}

function underlyingToDocument({
  confidence,
  forwards,
  surface,
  ...rest
}: UnderlyingState): UnderlyingDocument {
  const slices = surface && slicesOf(surface);
  return {
    ...rest,
    ...(confidence !== 1 && { confidence }),
    forwards: forwards.points.map(({ expiryMs, forward }) => ({ expiryMs, forward })),
    ...(slices && {
      surface: {
        slices: slices.map(
          ({ expiryMs, parameters: { a, b, rho, m, sigma, bends }, minLogMoneyness, maxLogMoneyness }) => ({
            expiryMs,
            a,
            b,
            rho,
            m,
            sigma,
            minLogMoneyness,
            maxLogMoneyness,
            ...(bends && { bends }),
          }),
        ),
      },
    }),
  };
}

const slicesOf = (
  surface: VolatilitySurface & { readonly slices?: readonly SviSlice[] },
): readonly SviSlice[] | undefined => surface.slices;
