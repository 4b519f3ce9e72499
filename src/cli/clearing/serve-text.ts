import { styleText } from "node:util";
import { formatInstant, formatInteger, formatPrice, formatUsd } from "../output/format.ts";
import { oneLine } from "../output/plain-text.ts";
import { textTable } from "../output/table.ts";
import { type ServeFigures } from "./serve-figures.ts";

/** A large number of dollars in few letters: `12.3 M`. */
export function shortUsd(usd: number): string {
  if (usd >= 1e9) return `${(usd / 1e9).toFixed(2)} bn`;
  if (usd >= 1e6) return `${(usd / 1e6).toFixed(1)} M`;
  return formatUsd(usd);
}

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;

const second = (timeMs: number): string =>
  `${new Date(timeMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;

const allConserved = ({ conservation }: ServeFigures): boolean => conservation.every(({ holds }) => holds);

export interface ServePlace {
  readonly source: string;
  readonly isSynthetic: boolean;
  readonly venue: string;
  readonly chainId: number;
  readonly url: string;
  readonly directory: string;
  /** A new folder, or one that goes on. */
  readonly continued:
    | { readonly replayed: number; readonly fromSequence: number; readonly sequence: number }
    | undefined;
  /** How long it is kept, where that is not for good. */
  readonly kept: string | undefined;
  readonly speed: number;
}

/** A recording of many files is named by its first. */
const longestSource = 100;

/** First lines: what runs, on what prices, and where it is reached. */
export function placeLines(place: ServePlace): string[] {
  const { source, isSynthetic, venue, chainId, url, directory, continued, kept, speed } = place;
  const stream = `${url.replace(/^http/, "ws")}/v1/stream`;
  const line = oneLine(source);
  const named = line.length > longestSource ? `${line.slice(0, longestSource)}…` : line;
  const market = isSynthetic ? `SYNTHETIC: no real prices (${named})` : named;
  const rows = [
    ["API", url],
    ["stream", stream],
    ["documents", `${url}/openapi.json  ${url}/asyncapi.json`],
    ["data", `${directory}  ${continued ? continuedText(continued) : "(new)"}`],
    ...(kept === undefined ? [] : [["", kept]]),
    ["market", `${market}${speed === 1 ? "" : `, ${speed} × real time`}`],
  ];
  return [
    `${oneLine(venue)}, a clearing service on chain ${chainId}`,
    "",
    ...rows.map(([name = "", value = ""]) => `  ${name.padEnd(10)} ${value}`),
    "",
  ];
}

const continuedText = ({ replayed, fromSequence, sequence }: NonNullable<ServePlace["continued"]>): string =>
  `(goes on after command ${formatInteger(sequence)}: ${fromSequence === 0 ? "no snapshot" : `snapshot ${formatInteger(fromSequence)}`}, ${formatInteger(replayed)} replayed)`;

/** What becomes of a folder that nobody named. */
export function temporaryText(removed: number): string {
  const before = removed === 0 ? "" : `; ${formatInteger(removed)} of earlier runs removed`;
  return `temporary: kept until the run after the next, for good with --data${before}`;
}

/** One line per look, for logs and pipes. */
export function figuresLine(figures: ServeFigures): string {
  const { prices } = figures;
  return [
    second(figures.venueTimeMs),
    `${formatInteger(Math.round(figures.commandsPerSecond))} commands/s`,
    `${formatInteger(figures.trades)} trades`,
    `${formatInteger(figures.accounts)} accounts`,
    `${formatInteger(figures.openOrders)} orders`,
    `OI ${shortUsd(figures.openInterestUsd)} USD`,
    prices
      .filter(({ name }) => name === "BTC" || name === "ETH")
      .map(({ name, priceUsd }) => `${name} ${formatPrice(priceUsd)}`)
      .join(" "),
    `${formatInteger(figures.marginCalls)} margin calls`,
    `fsync p50 ${ms(figures.commitP50Ms)} p99 ${ms(figures.commitP99Ms)}`,
    `conservation ${allConserved(figures) ? "✓" : "BROKEN"}`,
  ].join("  ");
}

/** The block that a terminal shows, drawn again and again. */
export function figuresBlock(figures: ServeFigures): string[] {
  const { prices, traders } = figures;
  const priceText = prices
    .map(({ name, priceUsd, isFresh }) => {
      const text = `${name} ${formatPrice(priceUsd)}`;
      return isFresh ? text : styleText("yellow", `${text} (stale)`);
    })
    .join("   ");
  const conserved = figures.conservation
    .map(({ asset, holds }) => `${asset} ${holds ? styleText("green", "✓") : styleText("red", "BROKEN")}`)
    .join("   ");
  const rows: [string, string][] = [
    ["venue time", second(figures.venueTimeMs)],
    ["index, USD", priceText],
    [
      "commands",
      `${styleText("bold", formatInteger(Math.round(figures.commandsPerSecond)))} a second   ${formatInteger(figures.sequence)} in the journal   ${formatInteger(figures.rejected)} refused`,
    ],
    ["trades", `${formatInteger(figures.trades)}   ${shortUsd(figures.volumeUsd)} USD`],
    [
      "books",
      `${formatInteger(figures.openOrders)} orders   open interest ${shortUsd(figures.openInterestUsd)} USD   ${formatInteger(figures.accounts)} accounts   ${formatInteger(figures.marginCalls)} margin calls`,
    ],
    ...(traders
      ? [
          [
            "traders",
            `${traders.makers} makers, ${traders.takers} takers   ${formatInteger(traders.orders)} orders taken to the books, ${formatInteger(traders.filled)} filled`,
          ] as [string, string],
        ]
      : []),
    [
      "durability",
      `a group of commands is on disk in ${ms(figures.commitP50Ms)} (median), ${ms(figures.commitP99Ms)} (99 of 100)`,
    ],
    ["conserved", conserved],
  ];
  return rows.map(([name, value]) => `  ${styleText("dim", name.padEnd(10))} ${value}`);
}

export interface ServeSummary extends ServeFigures {
  readonly seconds: number;
  readonly stateRoot: string;
  readonly fees: readonly { readonly asset: string; readonly amount: string }[];
}

/** The last words: what was done, and that nothing was lost of it. */
export function summaryText(summary: ServeSummary, directory: string, isTemporary: boolean): string {
  const rows = [
    ["ran for", `${summary.seconds.toFixed(1)} s, to ${formatInstant(summary.venueTimeMs)}`],
    [
      "commands",
      `${formatInteger(summary.commands)}, ${formatInteger(summary.rejected)} of them refused; ${formatInteger(summary.sequence)} in the journal`,
    ],
    ["per second", formatInteger(Math.round(summary.commands / summary.seconds))],
    ["trades", `${formatInteger(summary.trades)}, ${shortUsd(summary.volumeUsd)} USD`],
    ["accounts", formatInteger(summary.accounts)],
    ["open interest", `${shortUsd(summary.openInterestUsd)} USD`],
    ["margin calls", formatInteger(summary.marginCalls)],
    ["fees", summary.fees.map(({ asset, amount }) => `${amount} ${asset}`).join(", ") || "none"],
    ["on disk within", `${ms(summary.commitP50Ms)} (median), ${ms(summary.commitP99Ms)} (99 of 100)`],
    ["state root", summary.stateRoot],
  ];
  const facts = rows.map(([name = "", value = ""]) => `  ${name.padEnd(15)} ${value}`).join("\n");
  // Nothing was paid in yet: a table without rows says nothing.
  const table =
    summary.conservation.length === 0
      ? ""
      : `${textTable(
          [
            { title: "Asset" },
            { title: "in the vaults", align: "right" },
            { title: "owed to accounts", align: "right" },
            { title: "" },
          ],
          summary.conservation.map(({ asset, deposited, owed, holds }) => [
            asset,
            deposited,
            owed,
            holds ? "equal ✓" : "NOT EQUAL",
          ]),
        )}\n\n`;
  return `${facts}\n\n${table}Go on with it: plimsoll serve --data ${directory}${isTemporary ? "  (this keeps it; else the run after the next removes it)" : ""}\nCheck it:      plimsoll verify ${directory}/journal`;
}
