import { type CommandOutput } from "./command-output.ts";
import { type BookOptions, loadBook } from "./input/load.ts";
import { formatNumber, formatUsd } from "./output/format.ts";
import { heading } from "./output/heading.ts";
import { textTable } from "./output/table.ts";
import { type BookGreeks, bookGreeks } from "../risk/index.ts";

const columns = [
  { title: "" },
  { title: "size", align: "right" as const },
  { title: "value, USD", align: "right" as const },
  { title: "delta, coin", align: "right" as const },
  { title: "gamma, coin per 1%", align: "right" as const },
  { title: "vega, USD per vol point", align: "right" as const },
  { title: "theta, USD per day", align: "right" as const },
  { title: "vanna, coin per vol point", align: "right" as const },
  { title: "volga, USD per vol point²", align: "right" as const },
];

const cells = (name: string, size: string, greeks: BookGreeks): string[] => [
  name,
  size,
  formatUsd(greeks.valueUsd),
  formatNumber(greeks.deltaUnits, 4),
  formatNumber(greeks.gammaUnitsPerPercent, 4),
  formatUsd(greeks.vegaUsdPerPoint),
  formatUsd(greeks.thetaUsdPerDay),
  formatNumber(greeks.vannaUnitsPerPoint, 4),
  formatNumber(greeks.volgaUsdPerPointSquared, 2),
];

/** `plimsoll greeks`: sensitivities by position, collateral included, with a total per underlying. */
export async function greeksCommand(options: BookOptions): Promise<CommandOutput> {
  const { portfolio, market } = await loadBook(options);
  const greeks = bookGreeks(portfolio, market);
  const rows: (string[] | null)[] = [];
  for (const { underlying, items, total } of greeks) {
    for (const item of items)
      rows.push(cells(`${underlying}  ${item.item}`, formatNumber(item.size, 4), item));
    rows.push(cells(`${underlying}  total`, "", total), null);
  }
  if (rows.at(-1) === null) rows.pop();
  return { text: `${heading(portfolio, market)}\n\n${textTable(columns, rows)}`, json: greeks };
}
