import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { exp, randomStream } from "../../src/numerics/index.ts";

export const hourMs = 3_600_000;
export const startMs: number = Date.UTC(2022, 0, 1);

/** A folder of tables, by name below it. */
export function folderOf(tables: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "plimsoll-prices-"));
  for (const [name, text] of Object.entries(tables)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

/** A table of bars; the close of row i is known an hour after its opening. */
export const barsCsv = (
  closes: readonly (number | undefined)[],
  fromMs: number = startMs,
  stepMs: number = hourMs,
): string =>
  `ts_ms,close\n${closes.flatMap((close, index) => (close === undefined ? [] : [`${fromMs + index * stepMs},${close}\n`])).join("")}`;

/** Closes of a coin that follows a common market with some noise of its own. */
export function madeUpCloses({
  seed,
  hours,
  price,
  beta,
}: {
  readonly seed: number;
  readonly hours: number;
  readonly price: number;
  readonly beta: number;
}): readonly number[] {
  const market = randomStream(99);
  const own = randomStream(seed);
  let level = 0;
  return Array.from({ length: hours }, () => {
    level += 0.006 * (beta * market.nextNormal() + 0.7 * own.nextNormal());
    return Number((price * exp(level)).toFixed(6));
  });
}

/** Three coins over some hours, with perpetuals of one, an inverse perpetual and a stablecoin. */
export function madeUpFolder(hours: number): string {
  const bitcoin = madeUpCloses({ seed: 1, hours, price: 40_000, beta: 1 });
  return folderOf({
    "spot_1h_made/BTCUSDT.csv": barsCsv(bitcoin),
    "spot_1h_made/ETHUSDT.csv": barsCsv(madeUpCloses({ seed: 2, hours, price: 3_000, beta: 1.1 })),
    "spot_1h_made/XYZUSDT.csv": barsCsv(madeUpCloses({ seed: 3, hours, price: 0.5, beta: 1.4 })),
    "perp_1h_made/BTCUSDT.csv": barsCsv(bitcoin.map((close, index) => close * (1 + (index % 7) * 1e-4))),
    "inverse_perp_1h_made/BTCUSD_PERP.csv": barsCsv(
      bitcoin.map((close, index) => close * (1 - (index % 5) * 1e-4)),
    ),
    "stablecoin_1h_made/USDCUSDT.csv": barsCsv(bitcoin.map((_, index) => 1 - (index % 11) * 1e-4)),
  });
}
