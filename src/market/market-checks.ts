import { type ErrorFacts } from "../quantity/error.ts";
import { didYouMean } from "./closest.ts";
import { priceBounds } from "./document-fields.ts";
import { type Instrument } from "./instrument.ts";
import { type MarketDocument, type QuoteDocument, type UnderlyingDocument } from "./market-schema.ts";
import { type Problems } from "./problems.ts";

/** Reports entries that share an identifier. */
export function checkUnique(
  ids: readonly string[],
  pathOf: (index: number) => string,
  problems: Problems,
): void {
  const firstAt = new Map<string, number>();
  for (const [index, id] of ids.entries()) {
    const first = firstAt.get(id);
    if (first === undefined) firstAt.set(id, index);
    else {
      problems.add("PLM_DUPLICATE", {
        field: pathOf(index),
        value: id,
        limit: `unlike that of entry ${first}`,
        remedy: "Keep one of the two entries.",
      });
    }
  }
}

/** The facts of a reference to something that `known` does not hold. */
export const unknownReference =
  (field: string, id: string, what: string, known: ReadonlyMap<string, unknown> | ReadonlySet<string>) =>
  (): ErrorFacts => ({
    field,
    value: id,
    limit: what,
    remedy: didYouMean(id, known.keys(), `Nothing of a similar name is known among ${known.size}.`),
  });

/** Everything about a market document that its schema cannot say. */
export function checkMarketDocument(document: MarketDocument, problems: Problems): void {
  const { assets, underlyings, instruments, quotes } = document;
  checkUnique(
    assets.map(({ asset }) => asset),
    (at) => `assets[${at}].asset`,
    problems,
  );
  checkUnique(
    underlyings.map(({ symbol }) => symbol),
    (at) => `underlyings[${at}].symbol`,
    problems,
  );
  checkUnique(
    instruments.map(({ id }) => id),
    (at) => `instruments[${at}].id`,
    problems,
  );
  checkUnique(
    quotes.map(({ instrument }) => instrument),
    (at) => `quotes[${at}].instrument`,
    problems,
  );

  const assetNames = new Set(assets.map(({ asset }) => asset));
  const symbols = new Set(underlyings.map(({ symbol }) => symbol));
  const byId = new Map(instruments.map((instrument) => [instrument.id, instrument]));
  const quoted = new Set(quotes.map(({ instrument }) => instrument));

  for (const [at, { underlying }] of assets.entries()) {
    if (underlying !== undefined && !symbols.has(underlying)) {
      const facts = unknownReference(
        `assets[${at}].underlying`,
        underlying,
        "the symbol of an underlying",
        symbols,
      );
      problems.add("PLM_UNKNOWN", facts);
    }
  }
  for (const [at, underlying] of underlyings.entries()) {
    checkUnderlying(underlying, `underlyings[${at}]`, document.asOfMs, problems);
  }
  for (const [at, instrument] of instruments.entries()) {
    const path = `instruments[${at}]`;
    checkInstrument(instrument, path, document.asOfMs, symbols, assetNames, problems);
    if (!quoted.has(instrument.id)) {
      problems.add("PLM_FIELD", {
        field: "quotes",
        value: undefined,
        limit: `complete: ${instrument.id} (${path}) has no quote`,
        remedy: "Add a quote with its mark, or leave the instrument out.",
      });
    }
  }
  for (const [at, quote] of quotes.entries()) {
    const instrument = byId.get(quote.instrument);
    if (instrument) checkQuote(quote, instrument, `quotes[${at}]`, problems);
    else {
      const facts = unknownReference(
        `quotes[${at}].instrument`,
        quote.instrument,
        "the id of an instrument",
        byId,
      );
      problems.add("PLM_UNKNOWN", facts);
    }
  }
}

function checkExpiry(expiryMs: number, field: string, asOfMs: number, problems: Problems): void {
  if (expiryMs > asOfMs) return;
  problems.add("PLM_FIELD", {
    field,
    value: expiryMs,
    limit: `after asOfMs ${asOfMs}`,
    remedy: "Leave expired entries out of the market.",
  });
}

function checkAscending(
  entries: readonly { readonly expiryMs: number }[],
  path: string,
  asOfMs: number,
  problems: Problems,
): void {
  for (const [at, { expiryMs }] of entries.entries()) {
    checkExpiry(expiryMs, `${path}[${at}].expiryMs`, asOfMs, problems);
    const before = entries[at - 1]?.expiryMs;
    if (before !== undefined && expiryMs <= before) {
      problems.add("PLM_FIELD", {
        field: `${path}[${at}].expiryMs`,
        value: expiryMs,
        limit: `after the expiry before it, ${before}`,
        remedy: "Sort the entries by expiry, one for each.",
      });
    }
  }
}

function checkUnderlying(
  underlying: UnderlyingDocument,
  path: string,
  asOfMs: number,
  problems: Problems,
): void {
  checkAscending(underlying.forwards, `${path}.forwards`, asOfMs, problems);
  const slices = underlying.surface?.slices ?? [];
  checkAscending(slices, `${path}.surface.slices`, asOfMs, problems);
  for (const [at, slice] of slices.entries()) {
    const field = `${path}.surface.slices[${at}]`;
    const minimum = slice.a + slice.b * slice.sigma * Math.sqrt(Math.max(0, 1 - slice.rho * slice.rho));
    // Rounding of a fitted minimum that is zero.
    if (minimum < -1e-12 * Math.max(1, Math.abs(slice.a))) {
      problems.add("PLM_FIELD", {
        field: `${field}.a`,
        value: slice.a,
        limit: `≥ ${slice.a - minimum}, so that no total variance is negative`,
        remedy: "Refit the slice.",
      });
    }
    if (slice.minLogMoneyness > slice.maxLogMoneyness) {
      problems.add("PLM_FIELD", {
        field: `${field}.minLogMoneyness`,
        value: slice.minLogMoneyness,
        limit: `≤ maxLogMoneyness ${slice.maxLogMoneyness}`,
        remedy: "Swap the two.",
      });
    }
  }
}

function checkInstrument(
  instrument: Instrument,
  path: string,
  asOfMs: number,
  symbols: ReadonlySet<string>,
  assets: ReadonlySet<string>,
  problems: Problems,
): void {
  const { underlying, quoteAsset } = instrument;
  if (!symbols.has(underlying)) {
    const facts = unknownReference(`${path}.underlying`, underlying, "the symbol of an underlying", symbols);
    problems.add("PLM_UNKNOWN", facts);
  }
  if (!assets.has(quoteAsset)) {
    problems.add(
      "PLM_UNKNOWN",
      unknownReference(`${path}.quoteAsset`, quoteAsset, "the name of an asset", assets),
    );
  }
  if (instrument.settlement === "inverse" && !assets.has(underlying)) {
    problems.add(
      "PLM_UNKNOWN",
      unknownReference(`${path}.underlying`, underlying, "an asset, for it pays profit in coin", assets),
    );
  }
  if (instrument.kind === "future" || instrument.kind === "option") {
    checkExpiry(instrument.expiryMs, `${path}.expiryMs`, asOfMs, problems);
  }
}

function checkQuote(quote: QuoteDocument, instrument: Instrument, path: string, problems: Problems): void {
  const { bid, ask, mark } = quote;
  if (instrument.kind !== "option") {
    if (mark < priceBounds.minimum) {
      problems.add("PLM_FIELD", {
        field: `${path}.mark`,
        value: mark,
        limit: `≥ ${priceBounds.minimum} (only an option may be worth nothing)`,
        remedy: "Correct the mark.",
      });
    }
    for (const key of ["impliedVol", "forward"] as const) {
      if (quote[key] !== undefined) {
        problems.add("PLM_FIELD", {
          field: `${path}.${key}`,
          value: quote[key],
          limit: `absent: ${instrument.id} is not an option`,
          remedy: "Remove the field.",
        });
      }
    }
  }
  if (bid !== undefined && ask !== undefined && bid > ask) {
    problems.add("PLM_FIELD", {
      field: `${path}.bid`,
      value: bid,
      limit: `at or below the ask ${ask}`,
      remedy: "Correct the crossed quote, or leave both out.",
    });
  }
}
