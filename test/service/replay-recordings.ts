import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { undiscountedPrice } from "../../src/pricing/black76.ts";

/** Recordings in the formats of a data folder, made up: nothing real in them. */

export const startMs: number = Date.UTC(2026, 1, 2);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
export const spanHours = 5;

/** Calm, then a fall of a fifth within an hour and a half, and a bounce. */
const pathShare = (hour: number): number => {
  const wobble = 0.002 * Math.sin(hour * 9) + 0.001 * Math.sin(hour * 31);
  if (hour < 2.5) return 1 + wobble;
  if (hour < 4) return 1 - (0.2 * (hour - 2.5)) / 1.5 + wobble;
  return 0.8 + 0.02 * (hour - 4) + wobble;
};

function bars(grainMs: number, price: number, isTable: boolean, symbol: string): string[] {
  const rows: string[] = [
    isTable ? "symbol,ts_ms,open,high,low,close,quote_volume" : "ts_ms,open,high,low,close,volume",
  ];
  for (let ms = 0; ms < spanHours * hourMs; ms += grainMs) {
    const open = price * pathShare(ms / hourMs);
    const close = price * pathShare((ms + grainMs) / hourMs);
    const high = Math.max(open, close) * 1.0005;
    const low = Math.min(open, close) * 0.9995;
    const cells = [
      startMs + ms,
      open.toFixed(4),
      high.toFixed(4),
      low.toFixed(4),
      close.toFixed(4),
      1_000 * (isTable ? price : 1),
    ];
    rows.push(isTable ? [symbol, ...cells].join(",") : cells.join(","));
  }
  return rows;
}

/** Snapshots of both coins: an expiry within the span, one in a week, one at the month's end. */
function chain(): string[] {
  const rows = ["ts_ms,currency,expiry_ms,strike,type,forward,index,bid,ask,mark,iv,delta,vega,oi,volume"];
  for (const hour of [0.02, 3.1]) {
    const timeMs = startMs + Math.round(hour * hourMs);
    for (const [currency, price] of [
      ["BTC", 80_000],
      ["ETH", 2_500],
    ] as const) {
      const index = price * pathShare(hour);
      for (const expiryMs of [startMs + 4.5 * hourMs, startMs + 7 * 24 * hourMs, Date.UTC(2026, 1, 27, 8)]) {
        const years = (expiryMs - timeMs) / (365 * 24 * hourMs);
        const forward = index * (1 + 0.05 * years);
        for (let step = -6; step <= 6; step++) {
          const strike = Math.round((price * (1 + step * 0.03)) / 50) * 50;
          const vol = 0.6 + (hour > 3 ? 0.3 : 0) + 0.4 * Math.log(strike / forward) ** 2;
          for (const type of ["C", "P"] as const) {
            const usd = undiscountedPrice(type === "C", forward, strike, vol * Math.sqrt(years));
            const mark = usd / forward;
            if (mark < 1e-5) continue;
            const [bid, ask] = [mark * 0.97, mark * 1.03];
            const cells = [forward, index, bid, ask, mark, vol, 0.5, 1].map((value) => value.toFixed(8));
            rows.push([timeMs, currency, expiryMs, strike, type, ...cells, 10, 1].join(","));
          }
        }
      }
    }
  }
  return rows;
}

export function writeRecordings(folder: string, parts: { readonly chains: boolean }): void {
  const write = (name: string, rows: readonly string[]): void => {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), gzipSync(`${rows.join("\n")}\n`));
  };
  write("perp_5m_made_up/BTCUSDT.csv.gz", bars(5 * minuteMs, 80_000, false, ""));
  write("perp_5m_made_up/ETHUSDT.csv.gz", bars(5 * minuteMs, 2_500, false, ""));
  write("perp_1h_made_up/BTCUSDT.csv.gz", bars(hourMs, 80_000, false, ""));
  write("perp_1h_cross_section.csv.gz", [
    ...bars(hourMs, 150, true, "SOLUSDT"),
    ...bars(hourMs, 0.2, true, "DOGEUSDT").slice(1),
  ]);
  write("funding_rates.csv.gz", [
    "venue,symbol,ts_ms,rate",
    ...[0, 8].map((hour) => `x,BTCUSDT,${startMs + hour * hourMs},0.0003`),
  ]);
  write("fear.csv.gz", ["ts_ms,value,label", `${startMs},10,Fear`]);
  if (parts.chains) write("options_chain/2026-02.csv.gz", chain());
}
