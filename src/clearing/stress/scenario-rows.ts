import { type ItemRows } from "../../risk/portfolio-margin/index.ts";
import { type FundScenarios, type GridPlace } from "./scenarios.ts";

/** What one contract or one unit gains in every scenario, USD. */
export interface ScenarioRow {
  readonly rows: ItemRows;
  /** In the scenarios that move several underlyings. */
  readonly common: Float64Array;
  /** In those that move its underlying alone; they begin at `first`. */
  readonly own: Float64Array;
  readonly first: number;
  /** Smallest and largest gain of any scenario, 0 included. */
  readonly least: number;
  readonly most: number;
}

/** Rows of the scenarios of one epoch, made when first asked for. */
export class ScenarioRows {
  readonly scenarios: FundScenarios;
  readonly #rows: Map<ItemRows, ScenarioRow> = new Map();

  constructor(scenarios: FundScenarios) {
    this.scenarios = scenarios;
  }

  of(rows: ItemRows): ScenarioRow {
    const known = this.#rows.get(rows);
    if (known) return known;
    const made = this.#make(rows);
    this.#rows.set(rows, made);
    return made;
  }

  #make(rows: ItemRows): ScenarioRow {
    const { scenarios } = this;
    const common = new Float64Array(scenarios.commonCount);
    common.set(rows.joint);
    const at = ({ column, entry }: GridPlace): number => rows.grid[rows.isOption ? entry : column] ?? 0;
    const { joint } = rows;
    for (const [i, place] of (scenarios.market[rows.underlying] ?? []).entries()) {
      common[joint.length + i] = at(place);
    }
    const single = scenarios.single[rows.underlying];
    const own = Float64Array.from(single?.places ?? [], at);
    let least = 0;
    let most = 0;
    for (const part of [common, own]) {
      for (const gain of part) {
        if (gain < least) least = gain;
        if (gain > most) most = gain;
      }
    }
    return { rows, common, own, first: single?.first ?? 0, least, most };
  }
}
