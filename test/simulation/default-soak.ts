// Accounts that default under seeded faults, audited event by event: `npm run soak:defaults -- --count 1000000 --seed 1`.
import { parseArgs } from "node:util";
import { type DefaultFigures, noFigures } from "./default-auditor.ts";
import { DefaultWorld } from "./default-world.ts";

export interface DefaultSoak {
  /** Liquidations to see. */
  readonly count: number;
  readonly seed: number;
  readonly onWorld?: (line: string) => void;
}

/** Defaults that one world sees before the next begins. */
const perWorld = 4_000;

/** Runs worlds of seeds `seed`, `seed + 1`, … until so many liquidations have begun; what became of them. */
export function runDefaults({ count, seed, onWorld }: DefaultSoak): DefaultFigures {
  const total = noFigures();
  for (let world = seed; total.started < count; world++) {
    const run = new DefaultWorld(world);
    try {
      while (run.auditor.figures.started < perWorld && total.started + run.auditor.figures.started < count)
        run.round();
    } catch (error) {
      throw new Error(`npm run soak:defaults -- --count ${perWorld} --seed ${world} (round ${run.rounds})`, {
        cause: error,
      });
    }
    for (const key of Object.keys(total) as (keyof DefaultFigures)[]) total[key] += run.auditor.figures[key];
    onWorld?.(`seed ${world}: ${JSON.stringify(run.auditor.figures)}`);
  }
  return total;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { count: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
  });
  for (const [name, value] of Object.entries(values)) {
    if (!/^[1-9]\d*$/.test(value))
      throw new Error(`--${name} is ${value}; must be a whole number, 1 or more`);
  }
  const figures = runDefaults({
    count: Number(values.count),
    seed: Number(values.seed),
    onWorld: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
}
