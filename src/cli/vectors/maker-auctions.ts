import {
  makerBark,
  type MakerParams,
  makerRedo,
  type MakerSale,
  makerStatus,
  makerTake,
} from "../../clearing/peers/maker/clipper.ts";
import { type MakerCurve, makerPrice } from "../../clearing/peers/maker/price-curves.ts";
import { type Fields, fieldsAt, integerAt, isCaseFile, listAt, runCases, wordAt } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

function curveOf(fields: Fields): MakerCurve {
  const type = wordAt(fields, "type", ["linear", "stairstep", "exponential"]);
  if (type === "linear") return { type, tau: integerAt(fields, "tau") };
  const cut = integerAt(fields, "cut");
  return type === "stairstep" ? { type, cut, step: integerAt(fields, "step") } : { type, cut };
}

export const makerAbaci: VectorFamily = {
  family: "maker-abaci",
  matches: (document) => isCaseFile(document, "makerdao/dss", /(Linear|Exponential)Decrease\.price/),
  run: (document) =>
    runCases(document, (input) => ({
      got: { price: makerPrice(curveOf(input), integerAt(input, "top"), integerAt(input, "dur")) },
      toleranceOf: () => exact,
    })),
};

const paramsOf = (fields: Fields): MakerParams => ({
  dustRad: integerAt(fields, "dustRad", 0n),
  chopWad: integerAt(fields, "chopWad"),
  holeRad: integerAt(fields, "holeRad"),
  globalHoleRad: integerAt(fields, "HoleRad"),
  bufRay: integerAt(fields, "bufRay"),
  tail: integerAt(fields, "tail"),
  cuspRay: integerAt(fields, "cuspRay", 0n),
  chipWad: integerAt(fields, "chipWad", 0n),
  tipRad: integerAt(fields, "tipRad", 0n),
  curve: curveOf(fieldsAt(fields, "calc")),
});

/** Applies the steps one after the other to the sale that the bark started. */
function runSteps(params: MakerParams, first: MakerSale, steps: readonly Fields[]): readonly Fields[] {
  let sale = first;
  let returnedToOwnerWad = 0n;
  return steps.map((step) => {
    const now = integerAt(step, "t");
    const status = makerStatus(params, sale, now);
    const result =
      wordAt(step, "op", ["take", "redo"]) === "take"
        ? makerTake(params, sale, now, integerAt(step, "amtWad"), integerAt(step, "maxRay"))
        : makerRedo(params, sale, now, integerAt(step, "feedWad"));
    if ("refused" in result) return { status, ok: false, reason: result.refused };
    const { owePaidRad, sliceWad, keeperRad, returnedWad } = result;
    ({ sale } = result);
    returnedToOwnerWad += returnedWad;
    const { tabRad, lotWad, topRay } = sale;
    const after = { tabRad, lotWad, topRay, returnedToOwnerWad };
    return { status, ok: true, owePaidRad, sliceWad, keeperRad, ...after };
  });
}

function auctionOf(input: Fields): Fields {
  const params = paramsOf(fieldsAt(input, "params"));
  const vault = fieldsAt(input, "vault");
  const bark = makerBark(
    params,
    {
      inkWad: integerAt(vault, "inkWad"),
      artWad: integerAt(vault, "artWad"),
      rateRay: integerAt(vault, "rateRay"),
      spotRay: integerAt(vault, "spotRay"),
    },
    integerAt(input, "feedWad"),
  );
  if ("refused" in bark) return { bark: { ok: false, reason: bark.refused }, steps: [] };
  const { sale, remainingInkWad, remainingArtWad, keeperRad } = bark;
  const { tabRad, lotWad, topRay } = sale;
  return {
    bark: { ok: true, tabRad, lotWad, topRay, remainingInkWad, remainingArtWad, keeperRad },
    steps: runSteps(params, sale, listAt(input, "steps")),
  };
}

export const makerClip: VectorFamily = {
  family: "maker-clip",
  matches: (document) => isCaseFile(document, "makerdao/dss", /Clipper\.|Dog\.bark/),
  run: (document) => runCases(document, (input) => ({ got: auctionOf(input), toleranceOf: () => exact })),
};
