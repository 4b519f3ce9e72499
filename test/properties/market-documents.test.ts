import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { formatDecimal } from "../../src/quantity/decimal.ts";
import { PlimsollError } from "../../src/quantity/error.ts";
import { type Factor, factorKey, type History, isLogFactor } from "../../src/market/history.ts";
import { parseHistory, writeHistory } from "../../src/market/history-document.ts";
import { type Instrument } from "../../src/market/instrument.ts";
import { linearForwardCurve } from "../../src/market/linear-forward-curve.ts";
import {
  checkMarketText,
  marketToDocument,
  parseMarket,
  writeMarket,
} from "../../src/market/market-document.ts";
import { type Market, type Quote } from "../../src/market/market.ts";
import { type Portfolio } from "../../src/market/portfolio.ts";
import { parsePortfolio, writePortfolio } from "../../src/market/portfolio-document.ts";
import { syntheticMarket } from "../../src/market/synthetic-market.ts";

const asOfMs = 1_700_000_000_000;
const identifier = fc.string({ minLength: 1, maxLength: 20 });
const price = fc.double({ min: 1e-12, max: 1e12, noNaN: true });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const later = fc.integer({ min: asOfMs + 1, max: asOfMs + 10 * 31_536_000_000 });

/** Instruments of one underlying, quoted in USD, with their quotes. */
const contract: fc.Arbitrary<{ instrument: Instrument; quote: Quote }> = fc
  .record({
    id: identifier,
    kind: fc.constantFrom("spot", "perpetual", "future", "option"),
    settlement: fc.constantFrom("linear", "inverse"),
    contractSize: price,
    expiryMs: later,
    strike: fc.double({ min: 0, max: 1e12, noNaN: true }),
    optionType: fc.constantFrom("call", "put"),
    mark: price,
    vol: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
    halfSpread: fc.option(fraction, { nil: undefined }),
    confidence: fraction,
    timeMs: fc.integer({ min: 0, max: asOfMs }),
  })
  .map((drawn) => {
    const { id, settlement, contractSize, expiryMs, strike, optionType, mark, vol, halfSpread } = drawn;
    const base = { id, underlying: "BTC", quoteAsset: "USD", contractSize };
    const instrument: Instrument =
      drawn.kind === "spot"
        ? { kind: "spot", ...base, settlement: "linear" }
        : drawn.kind === "perpetual"
          ? { kind: "perpetual", ...base, settlement, venue: "somewhere" }
          : drawn.kind === "future"
            ? { kind: "future", ...base, settlement, expiryMs }
            : { kind: "option", ...base, settlement, expiryMs, strike, optionType };
    const quote: Quote = {
      instrument: id,
      mark,
      ...(halfSpread !== undefined && {
        bid: mark * (1 - halfSpread),
        ask: Math.min(1e12, mark * (1 + halfSpread)),
      }),
      ...(drawn.kind === "option" && vol !== undefined && { impliedVol: vol, forward: mark }),
      timeMs: drawn.timeMs,
      confidence: drawn.confidence,
    };
    return { instrument, quote };
  });

const anyMarket: fc.Arbitrary<Market> = fc
  .record({
    contracts: fc.uniqueArray(contract, { selector: ({ instrument }) => instrument.id, maxLength: 20 }),
    points: fc.uniqueArray(fc.record({ expiryMs: later, forward: price }), {
      selector: ({ expiryMs }) => expiryMs,
      maxLength: 8,
    }),
    indexUsd: price,
    confidence: fraction,
    source: identifier,
    synthetic: fc.boolean(),
  })
  .map(({ contracts, points, indexUsd, confidence, source, synthetic }) => ({
    asOfMs,
    source,
    synthetic,
    assets: new Map([
      ["USD", { asset: "USD", kind: "fiat", priceUsd: 1, confidence: 1 }],
      ["BTC", { asset: "BTC", kind: "major", priceUsd: indexUsd, confidence, underlying: "BTC" }],
    ]),
    underlyings: new Map([
      [
        "BTC",
        {
          symbol: "BTC",
          indexUsd,
          confidence,
          forwards: linearForwardCurve({ asOfMs, spot: indexUsd, points }),
        },
      ],
    ]),
    instruments: new Map(contracts.map(({ instrument }) => [instrument.id, instrument])),
    quotes: new Map(contracts.map(({ instrument, quote }) => [instrument.id, quote])),
  }));

test("any market is written and read back to the same market", () => {
  fc.assert(
    fc.property(anyMarket, (market) => {
      const text = writeMarket(market);
      const back = parseMarket(text);
      assert.deepEqual(marketToDocument(back), marketToDocument(market));
      assert.deepEqual([...back.quotes], [...market.quotes]);
      assert.deepEqual([...back.instruments], [...market.instruments]);
      assert.equal(writeMarket(back), text);
    }),
  );
});

test("any synthetic market is valid, has its surface read back, and is its seed's alone", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2100, 0, 1) }),
      fc.constantFrom("full" as const, "small" as const),
      (seed, timeMs, size) => {
        const market = syntheticMarket({ seed, asOfMs: timeMs, size });
        const text = writeMarket(market);
        const { errors } = checkMarketText(text);
        assert.deepEqual(errors, []);
        assert.equal(writeMarket(parseMarket(text)), text);
        assert.equal(writeMarket(syntheticMarket({ seed, asOfMs: timeMs, size })), text);
        for (const quote of market.quotes.values()) {
          assert.ok(
            (quote.bid ?? 0) <= quote.mark && quote.mark <= (quote.ask ?? Infinity),
            quote.instrument,
          );
        }
      },
    ),
    { numRuns: 20 },
  );
});

const decimal = fc
  .record({ coefficient: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), scale: fc.nat(30) })
  .map(({ coefficient, scale }) => {
    let [digits, places] = [coefficient, scale];
    while (places > 0 && digits % 10n === 0n) [digits, places] = [digits / 10n, places - 1];
    return digits === 0n ? { coefficient: 0n, scale: 0 } : { coefficient: digits, scale: places };
  });

const plain = { noNullPrototype: true } as const;
const anyPortfolio: fc.Arbitrary<Portfolio> = fc.record(
  {
    name: identifier,
    balances: fc.uniqueArray(fc.record({ asset: identifier, amount: decimal }, plain), {
      selector: ({ asset }) => asset,
      maxLength: 10,
    }),
    positions: fc.uniqueArray(
      fc
        .record({ instrument: identifier, size: decimal, entry: fc.option(price, { nil: undefined }) })
        .map(({ instrument, size, entry }) => ({
          instrument,
          size,
          ...(entry !== undefined && { entryPrice: entry }),
        })),
      { selector: ({ instrument }) => instrument, maxLength: 10 },
    ),
    orders: fc.array(
      fc.record(
        { instrument: identifier, size: decimal.filter(({ coefficient }) => coefficient !== 0n), price },
        plain,
      ),
      { maxLength: 5 },
    ),
  },
  plain,
);

test("any portfolio is written and read back to the same portfolio, exactly", () => {
  fc.assert(
    fc.property(anyPortfolio, (portfolio) => {
      const text = writePortfolio(portfolio);
      assert.deepEqual(parsePortfolio(text), portfolio);
      for (const { amount } of portfolio.balances) assert.ok(text.includes(`"${formatDecimal(amount)}"`));
    }),
  );
});

const anyHistory: fc.Arbitrary<History> = fc
  .record({
    source: identifier,
    synthetic: fc.boolean(),
    startMs: fc.integer({ min: 0, max: asOfMs }),
    intervalMs: fc.integer({ min: 1_000, max: 86_400_000 }),
    length: fc.integer({ min: 1, max: 12 }),
    named: fc.uniqueArray(
      fc.record({
        factor: fc.constantFrom<Factor>("spot", "vol", "term", "skew", "basis", "ratio", "price"),
        of: identifier,
      }),
      { selector: ({ factor, of }) => factorKey(factor, of), minLength: 1, maxLength: 6 },
    ),
  })
  .chain(({ length, named, ...rest }) =>
    fc
      .tuple(
        ...named.map(({ factor }) =>
          fc.array(
            fc.oneof(
              isLogFactor(factor) ? price : fc.double({ min: -2, max: 2, noNaN: true }),
              fc.constant(NaN),
            ),
            {
              minLength: length,
              maxLength: length,
            },
          ),
        ),
      )
      .map((columns) => ({
        ...rest,
        length,
        series: new Map(
          named.map(({ factor, of }, index) => [
            factorKey(factor, of),
            // JSON has no negative zero: −0 is read back as 0.
            { factor, of, values: Float64Array.from(columns[index] ?? [], (value) => value + 0) },
          ]),
        ),
      })),
  );

test("any history is written and read back to the same history, gaps included", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      assert.deepEqual(parseHistory(writeHistory(history)), history);
    }),
  );
});

test("a document with any one character changed is read or refused with a typed error", () => {
  const text = writeMarket(syntheticMarket({ seed: 1, asOfMs, size: "small" }));
  const complete = `${text.slice(0, text.indexOf('  "instruments"'))}  "instruments": [], "quotes": []}`;
  assert.deepEqual(checkMarketText(complete).errors, []);
  fc.assert(
    fc.property(
      fc.nat(complete.length - 1),
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        '"',
        "\\",
        "0",
        "9",
        ".",
        "-",
        "e",
        " ",
        "n",
        "\n",
        "\u0000",
        "é",
      ),
      (at, character) => {
        const changed = complete.slice(0, at) + character + complete.slice(at + 1);
        try {
          parseMarket(changed);
        } catch (error) {
          assert.ok(error instanceof PlimsollError, String(error));
          assert.notEqual(error.remedy, "");
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
