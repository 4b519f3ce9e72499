import {
  classAxis,
  scenarioGrid,
  type ScenarioGrid,
  shockAxis,
  stillAxis,
  type VolAxis,
} from "../risk/certify/index.ts";
import { type MarginParameters, riskClassOf, stressGrid } from "../risk/index.ts";
import { deribitSheet } from "../risk/venues/deribit/index.ts";
import { columnsOf } from "../risk/venues/deribit/risk-matrix.ts";
import { shockedVolatility } from "../risk/venues/deribit/volatility-shock.ts";
import { derivePm1Sheet, derivePm2Sheet } from "../risk/venues/derive/index.ts";
import { okxClassOf, okxSheet } from "../risk/venues/okx/parameters.ts";
import { paradexSheet } from "../risk/venues/paradex/index.ts";
import { paradexScenarios } from "../risk/venues/paradex/portfolio-model.ts";
import { spanScenarios } from "../risk/venues/span/margin-model.ts";
import { spanCommodityOf, spanSheet } from "../risk/venues/span/parameters.ts";

/** A rule that looks at a grid of scenarios. */
export interface GridRule {
  /** Id of its margin model. */
  readonly id: string;
  readonly title: string;
  /** Its grid on an underlying; undefined where the venue does not list it. */
  gridOf(underlying: string): ScenarioGrid | undefined;
}

const volShare = { down: -1, same: 0, none: 0, up: 1 } as const;

/** Our own stress grid, equations (10) and (11), of one underlying by itself: no residual, no term or skew of its own. */
export const plimsollGrid = (parameters: MarginParameters): GridRule => ({
  id: "plimsoll-portfolio",
  title: "Plimsoll stress grid",
  gridOf(underlying) {
    const risk = riskClassOf(parameters, underlying);
    const { columns } = stressGrid(parameters, risk);
    return scenarioGrid(
      classAxis(risk, parameters.stress.volPoints),
      columns.flatMap(({ spot, weight, extreme, volPoints }) =>
        // An extreme column is damped even if its weight were 1: it lies outside the range.
        volPoints.map((vol) => ({ spot, vol, weight: extreme ? Math.min(weight, 1 - 1e-12) : weight })),
      ),
    );
  },
});

const spanGrid: GridRule = {
  id: "span",
  title: "SPAN, 16 scenarios",
  gridOf(underlying) {
    const commodity = spanCommodityOf(spanSheet, underlying);
    if (!commodity) return undefined;
    const { priceScanRange, volatilityScanRange } = commodity;
    const axis = shockAxis(
      (vol) => ({ up: vol * (1 + volatilityScanRange), down: vol * (1 - volatilityScanRange) }),
      spanSheet.lookAheadDays / 365,
    );
    return scenarioGrid(
      axis,
      spanScenarios(spanSheet).map(({ price, vol, cover }) => ({
        spot: price * priceScanRange,
        vol,
        weight: cover,
      })),
    );
  },
};

const deribitGrid: GridRule = {
  id: "deribit-portfolio",
  title: "Deribit PM",
  gridOf(underlying) {
    const pair = deribitSheet.pairs.find((candidate) => candidate.underlying === underlying);
    if (!pair) return undefined;
    const { priceRange, volUp, volDown, minVolUp, extendedTableFactor } = pair;
    const axis = shockAxis((vol, expiryYears) =>
      shockedVolatility(vol, expiryYears * 365, {
        up: volUp,
        down: volDown,
        minimumUp: minVolUp,
        shortPower: deribitSheet.shortVegaPower,
        longPower: deribitSheet.longVegaPower,
      }),
    );
    return scenarioGrid(
      axis,
      columnsOf(deribitSheet).map(({ step, vol, table }) =>
        table === "main"
          ? { spot: step * priceRange, vol: volShare[vol], weight: 1 }
          : {
              spot: step,
              vol: volShare[vol],
              // Without the dampener, which only lowers it.
              weight: (priceRange / Math.abs(step)) * extendedTableFactor,
            },
      ),
    );
  },
};

/** How Derive's managers shock volatility, as {@link shockedVolatility} has it but with a floor on time both ways. */
function deriveAxis(
  shock: {
    readonly volRangeUp: number;
    readonly volRangeDown: number;
    readonly shortTermPower: number;
    readonly longTermPower: number;
    readonly dteFloor: number;
  },
  minimumUp: number,
): VolAxis {
  const floorDays = shock.dteFloor / 86_400;
  return shockAxis((vol, expiryYears) =>
    shockedVolatility(vol, Math.max(floorDays, expiryYears * 365), {
      up: shock.volRangeUp,
      down: shock.volRangeDown,
      minimumUp,
      shortPower: shock.shortTermPower,
      longPower: shock.longTermPower,
    }),
  );
}

const derivePm1Grid: GridRule = {
  id: "derive-pm1",
  title: "Derive PM1",
  gridOf(underlying) {
    const { underlyings, parameters } = derivePm1Sheet;
    if (!underlyings.includes(underlying)) return undefined;
    return scenarioGrid(
      deriveAxis(parameters.volShock, 0),
      parameters.scenarios.map(({ spotShock, volShock }) => ({
        spot: spotShock - 1,
        vol: volShare[volShock],
        weight: 1,
      })),
    );
  },
};

const derivePm2Grid: GridRule = {
  id: "derive-pm2",
  title: "Derive PM2",
  gridOf(underlying) {
    const { underlyings, parameters } = derivePm2Sheet;
    if (!underlyings.includes(underlying)) return undefined;
    return scenarioGrid(
      deriveAxis(parameters.volShock, parameters.volShock.minVolUpShock),
      parameters.scenarios.flatMap(({ spotShock, volShock, dampeningFactor }) =>
        volShock === "linear" || volShock === "abs"
          ? []
          : [{ spot: spotShock - 1, vol: volShare[volShock], weight: dampeningFactor }],
      ),
    );
  },
};

const paradexGrid: GridRule = {
  id: "paradex-portfolio",
  title: "Paradex PM",
  gridOf() {
    const axis = shockAxis((vol, expiryYears) =>
      shockedVolatility(vol, Math.max(paradexSheet.dteFloorDays, expiryYears * 365), {
        up: paradexSheet.volUp,
        down: paradexSheet.volDown,
        shortPower: paradexSheet.shortVegaPower,
        longPower: paradexSheet.longVegaPower,
        minimumUp: 0,
      }),
    );
    return scenarioGrid(
      axis,
      paradexScenarios(paradexSheet).map(({ move, vol, weight }) => ({
        spot: move,
        vol: volShare[vol],
        weight,
      })),
    );
  },
};

/** Its volatility shocks are not published: spot alone, volatility as it is. */
const okxGrid: GridRule = {
  id: "okx-portfolio",
  title: "OKX PM, spot moves alone",
  gridOf(underlying) {
    const parameters = okxClassOf(okxSheet, underlying);
    if (!parameters) return undefined;
    const { spotMoves, extremeMove } = parameters;
    const moves = [...spotMoves.map((move) => -move).toReversed(), 0, ...spotMoves];
    return scenarioGrid(stillAxis, [
      ...moves.map((spot) => ({ spot, vol: 0, weight: 1 })),
      ...[-extremeMove, extremeMove].map((spot) => ({ spot, vol: 0, weight: 0.5 })),
    ]);
  },
};

/** The grids of the emulated venues that have one, with the shipped parameter sheets. */
export const venueGrids: readonly GridRule[] = [
  deribitGrid,
  derivePm1Grid,
  derivePm2Grid,
  okxGrid,
  paradexGrid,
  spanGrid,
];
