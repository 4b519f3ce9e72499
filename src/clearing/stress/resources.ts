import { fundTranches, type FundTranche } from "../engine/default/index.ts";
import { type Machine } from "../engine/index.ts";
import { usdFloor } from "../margin/instrument-terms.ts";
import { type Exposure } from "./exposure.ts";
import { type FundSurvey, gainsInto } from "./survey.ts";

const million = 1_000_000;

/** What a tranche of the fund is worth, now and in every scenario, USD micros. */
export interface TrancheWorth extends FundTranche {
  readonly label: string;
  /** Its balances at their prices. */
  readonly cashMicros: number;
  /** Options that it holds, at their marks. */
  readonly hedgesMicros: number;
  /** In each scenario: balances, and options once what selling them costs is taken off. Never below 0. */
  readonly cash: Float64Array;
  readonly hedges: Float64Array;
}

/** An option that the fund holds. */
export interface FundHedge {
  readonly instrument: number;
  readonly name: string;
  readonly lots: number;
  /** Paid for it and not got back yet; now worth at its mark. USD micros. */
  readonly premiumMicros: number;
  readonly worthMicros: number;
  /** Worth in each scenario at what it would sell for. */
  readonly worth: Float64Array;
}

export interface FundResources {
  readonly tranches: readonly TrancheWorth[];
  readonly hedges: readonly FundHedge[];
}

const floor = (usd: number): number => Math.max(0, Math.floor(Math.min(usd, 1e9) * million));

function cashOf(m: Machine, account: number): number {
  const { ledger, markets } = m;
  let micros = 0;
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    const units = Math.max(0, ledger.balance(account, asset) - ledger.held(account, asset));
    micros += usdFloor(units, markets.assetPriceMicros(asset), markets.assets.columns.unitsPerOne[asset]!);
  }
  return micros;
}

function cashIn(survey: FundSurvey, { items }: Exposure, cashMicros: number): Float64Array {
  const gains = new Float64Array(survey.rows.scenarios.all.length);
  const assets = items.filter(({ rows, size }) => rows.kind === "asset" && size > 0);
  gainsInto(gains, assets, survey.rows);
  return gains.map((gain) => floor(cashMicros / million + gain));
}

/** The options of a tranche, each by itself. */
function hedgesOf(m: Machine, survey: FundSurvey, { account, items }: Exposure): FundHedge[] {
  const { positions, markets } = m;
  const gains = new Float64Array(survey.rows.scenarios.all.length);
  return items.flatMap((item): FundHedge[] => {
    const { rows, size } = item;
    if (!rows.isOption || size <= 0) return [];
    const instrument = markets.instruments.find(rows.item);
    const slot = positions.find(account, instrument);
    if (slot < 0) return [];
    gainsInto(gains, [item], survey.rows);
    const { settlementAsset } = m.terms(instrument);
    const price = markets.assetPriceMicros(settlementAsset);
    const bidUsd = size * Math.max(0, rows.markUsd - rows.halfSpreadUsd);
    return [
      {
        instrument,
        name: rows.item,
        lots: positions.lots[slot]!,
        premiumMicros: usdFloor(
          positions.entryUnits[slot]!,
          price,
          m.markets.assets.columns.unitsPerOne[settlementAsset]!,
        ),
        worthMicros: floor(size * rows.markUsd),
        worth: gains.map((gain) => floor(bidUsd + gain)),
      },
    ];
  });
}

/** What the fund has to pay losses with, tranche by tranche. */
export function fundResources(m: Machine, survey: FundSurvey): FundResources {
  const hedges: FundHedge[] = [];
  const count = survey.rows.scenarios.all.length;
  const tranches = fundTranches(m).map((tranche): TrancheWorth => {
    const exposure = survey.read(tranche.account);
    const cashMicros = cashOf(m, tranche.account);
    const own = hedgesOf(m, survey, exposure);
    hedges.push(...own);
    const worth = new Float64Array(count);
    for (const hedge of own) for (let s = 0; s < count; s++) worth[s] = worth[s]! + hedge.worth[s]!;
    return {
      ...tranche,
      label: tranche.tranche === "market" ? m.markets.instruments.label(tranche.instrument) : tranche.tranche,
      cashMicros,
      hedgesMicros: own.reduce((sum, { worthMicros }) => sum + worthMicros, 0),
      cash: cashIn(survey, exposure, cashMicros),
      hedges: worth,
    };
  });
  return { tranches, hedges };
}
