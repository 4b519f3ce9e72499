import { crashes, inSampleUntil, recoveryOf, solventOf } from "../../service/crash/index.ts";
import { type CrashPart } from "./crash.ts";

/** The report for machines: money in USD, times in ms, shares as fractions. */
export function crashJson(parts: readonly CrashPart[]): unknown {
  return {
    parts: parts.map(({ name, depth, scene, results }) => ({
      name,
      depth,
      request: { ...scene.options, folder: undefined },
      inSample: crashes.some((one) => one.name === name && one.to <= inSampleUntil),
      interestUsd: scene.interestUsd,
      coins: scene.coins.map(({ name: coin, table, deviation, volumeUsd }) => ({
        coin,
        file: table.file,
        grainMs: table.grainMs,
        deviation,
        volumeUsd,
      })),
      dollar: scene.dollar === undefined ? "par" : "recorded",
      notes: scene.notes,
      methods: results.map(({ conservation, durationsMs, breached, ...figures }) => ({
        ...figures,
        breachedAccounts: breached.length,
        solventAccounts: solventOf({ ...figures, conservation, durationsMs, breached }),
        recovery: recoveryOf([{ ...figures, conservation, durationsMs, breached }]),
        breached,
        durationsMs,
        conservation: conservation.map(({ asset, totalUnits, depositedUnits, heldUnits }) => ({
          asset,
          totalUnits: String(totalUnits),
          depositedUnits: String(depositedUnits),
          heldUnits: String(heldUnits),
        })),
      })),
    })),
  };
}
