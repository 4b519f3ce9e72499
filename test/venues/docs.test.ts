import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type MarginComponent, type MarginModel, type MarginResult } from "../../src/risk/index.ts";
import {
  deribitPortfolioModel,
  deribitStandardModel,
  okxPortfolioModel,
  paradexPortfolioModel,
  paradexSheet,
  simmModel,
  spanModel,
} from "../../src/risk/venues/index.ts";
import { book, smallMarket } from "./small-market.ts";

// The figures that open each venue's page, computed.

const market = smallMarket({ BTC: 100_000 });
const longLinear = book({ USDT: 50_000 }, { "BTC-PERP-USDT": 1 });
const funded = {
  fundingRate8h: [{ name: "BTC", value: 0.0001 }],
  closingFeeRate: 0.0003,
};

const examples: readonly {
  page: string;
  model: MarginModel;
  portfolio: Parameters<MarginModel["margin"]>[0];
}[] = [
  { page: "deribit", model: deribitPortfolioModel(), portfolio: book({ BTC: 1 }, { "BTC-INV": 10_000 }) },
  { page: "deribit", model: deribitStandardModel(), portfolio: book({ BTC: 1 }, { "BTC-INV": 10_000 }) },
  { page: "okx", model: okxPortfolioModel(), portfolio: longLinear },
  { page: "paradex", model: paradexPortfolioModel(paradexSheet, funded), portfolio: longLinear },
  { page: "span", model: spanModel(), portfolio: longLinear },
  { page: "simm", model: simmModel(), portfolio: longLinear },
];

const shown = (usd: number): string =>
  usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Every figure of an explanation, as the pages print it. */
function figures(result: MarginResult): Set<string> {
  const found = new Set([shown(result.initialMargin), shown(result.maintenanceMargin)]);
  const visit = ({ initial, maintenance, children = [] }: MarginComponent): void => {
    found.add(shown(initial)).add(shown(maintenance));
    children.forEach(visit);
  };
  result.components.forEach(visit);
  return found;
}

for (const page of new Set(examples.map((example) => example.page))) {
  test(`docs/venues/${page}.md opens with figures that its models give`, () => {
    const text = readFileSync(new URL(`../../docs/venues/${page}.md`, import.meta.url), "utf8");
    const opening = text.split("\n## ")[0] ?? "";
    const printed = opening.match(/\d[\d,]*\.\d\d(?!\d)/g) ?? [];
    assert.ok(printed.length >= 2);
    const computed = examples
      .filter((example) => example.page === page)
      .map((example) => example.model.margin(example.portfolio, market));
    const all = new Set(computed.flatMap((result) => [...figures(result)]));
    for (const figure of printed) {
      if (figure === "0.84" || figure === "0.01" || figure === "0.03") continue;
      assert.ok(all.has(figure), `${page}: ${figure}`);
    }
  });
}
