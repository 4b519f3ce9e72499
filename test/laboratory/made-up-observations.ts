import { randomStream } from "../../src/numerics/random.ts";
import { type Provenance } from "../../src/service/laboratory/provenance.ts";
import {
  Observations,
  type StudiedBook,
  type StudiedModel,
} from "../../src/service/laboratory/observations.ts";

const dayMs = 86_400_000;

const model = (id: string, title: string, venue: string, more: Partial<StudiedModel> = {}): StudiedModel => ({
  id,
  title,
  venue,
  isPortfolioRule: true,
  isPartial: false,
  ...more,
});

/** Ours follows volatility; the others are fat, thin, partial, or know only a few kinds of book. */
export const madeUpModels: readonly StudiedModel[] = [
  model("plimsoll-portfolio", "Plimsoll portfolio margin", "plimsoll"),
  model("plimsoll-cross", "Plimsoll fixed rates, cross", "plimsoll", { isPortfolioRule: false }),
  model("fat-portfolio", "Fat scenarios", "fat"),
  model("thin-portfolio", "Thin scenarios", "thin"),
  model("late-portfolio", "Slow volatility", "late", { isPartial: true }),
  model("blind-portfolio", "Blind to options", "blind"),
  model("simple-rates", "Simple fixed rates", "simple", { isPortfolioRule: false }),
];

interface Kind {
  readonly type: string;
  readonly group: StudiedBook["group"];
  readonly track: StudiedBook["track"];
  /** Loss for a return, as a share of notional. */
  readonly loss: (change: number, other: number) => number;
  /** What a rule of fixed rates takes for it. */
  readonly rate: number;
}

const kinds: readonly Kind[] = [
  { type: "long perpetual", group: "plain", track: "delta-one", loss: (r) => -r, rate: 0.2 },
  { type: "short perpetual", group: "plain", track: "delta-one", loss: (r) => r, rate: 0.2 },
  { type: "pair", group: "plain", track: "delta-one", loss: (r, o) => 0.5 * (o - r), rate: 0.2 },
  { type: "basis", group: "plain", track: "delta-one", loss: (r, o) => 0.03 * (o - 0.2 * r), rate: 0.2 },
  {
    type: "staked ether, short perpetual",
    group: "staked-collateral",
    track: "staked",
    loss: (r, o) => 0.05 * r + 0.05 * Math.abs(o),
    rate: 0.15,
  },
  {
    type: "short put",
    group: "plain",
    track: "simulated-options",
    loss: (r) => Math.max(0, -r - 0.01) - 0.001,
    rate: 0.15,
  },
  {
    type: "collar",
    group: "option-hedged",
    track: "simulated-options",
    loss: (r) => Math.min(0.02, Math.max(-0.02, -r)),
    rate: 0.15,
  },
];

/** Days whose volatility comes in bursts, tails of Student's t with five degrees of freedom. */
export function madeUpObservations(
  options: { readonly seed?: number; readonly days?: number; readonly horizonHours?: readonly number[] } = {},
): Observations {
  const { days = 1600, horizonHours = [24] } = options;
  const stream = randomStream(options.seed ?? 7);
  const student = (): number => {
    let squares = 0;
    for (let at = 0; at < 5; at++) squares += stream.nextNormal() ** 2;
    return stream.nextNormal() / Math.sqrt(squares / 5) / Math.sqrt(5 / 3);
  };
  const assets = ["BTC", "ETH", "SOL"];
  const books = kinds.flatMap((kind) =>
    assets.map((asset): StudiedBook => ({
      name: `${kind.type}, ${asset}`,
      type: kind.type,
      asset,
      track: kind.track,
      group: kind.group,
    })),
  );
  const observations = new Observations(books, madeUpModels, horizonHours);
  const from = Date.UTC(2022, 0, 1);
  const tail = (of: (change: number, other: number) => number, sigma: number): number => {
    let worst = 0;
    for (const r of [-3.3, -2, 0, 2, 3.3])
      for (const o of [-3.3, 0, 3.3]) worst = Math.max(worst, of(r * sigma, o * sigma));
    return worst;
  };
  for (const [horizon, hours] of horizonHours.entries()) {
    const steps = hours / 24;
    let [sigma, slow] = [0.03, 0.03];
    for (let day = 0; day + steps <= days; day += steps) {
      const common = student();
      const changes = assets.map(
        (_, at) => (1 + 0.2 * at) * sigma * (0.8 * common + 0.6 * student()) * Math.sqrt(steps),
      );
      for (const [kindAt, kind] of kinds.entries()) {
        for (const at of assets.keys()) {
          const scale = (1 + 0.2 * at) * Math.sqrt(steps);
          const lossShare = kind.loss(changes[at]!, changes[(at + 1) % 3]!);
          const ours = tail(kind.loss, sigma * scale);
          const notionalUsd = 100_000;
          const initialUsd = [
            ours + 0.002,
            kind.rate,
            1.6 * tail(kind.loss, 0.06 * scale) + 0.02,
            0.6 * ours + 0.001,
            tail(kind.loss, slow * scale) + 0.01,
            kind.track === "simulated-options" ? Number.NaN : 0.12 * scale,
            kind.rate * 0.8,
          ].map((share) => share * notionalUsd);
          observations.add({
            book: kindAt * 3 + at,
            horizon,
            startMs: from + day * dayMs,
            endMs: from + (day + steps) * dayMs,
            lossUsd: lossShare * notionalUsd,
            notionalUsd,
            initialUsd,
            maintenanceUsd: initialUsd.map((usd) => 0.7 * usd),
          });
        }
      }
      const shock = changes[0]! ** 2 / steps;
      sigma = Math.sqrt(0.00004 + 0.9 * sigma ** 2 + 0.06 * Math.min(0.01, shock));
      slow = Math.sqrt(0.98 * slow ** 2 + 0.02 * shock);
    }
  }
  return observations;
}

export const madeUpProvenance: Provenance = {
  command: "plimsoll backtest --data DIR --seed 1",
  version: "0.0.0",
  seed: 1,
  parameters: { name: "plimsoll-margin.json", bytes: 1000, sha256: "00".repeat(32) },
  data: [{ name: "prices.csv.gz", bytes: 2000, sha256: "ab".repeat(32) }],
  leftOut: [],
  notes: ["Losses are made up."],
};
