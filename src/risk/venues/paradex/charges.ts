/** Weight of a scenario's loss: whole inside the regular range, range/|shock| beyond it. */
export const scenarioWeight = (spotShock: number, regularRange: number): number =>
  Math.abs(spotShock) <= regularRange ? 1 : regularRange / Math.abs(spotShock);

/** Least requirement of delta-one contracts: (net rate × |net| + hedged rate × hedged) × spot. */
export function minimumDeltaCharge(
  longUnits: number,
  shortUnits: number,
  spot: number,
  rates: { readonly net: number; readonly hedged: number },
): { readonly net: number; readonly hedged: number; readonly charge: number } {
  const net = Math.abs(longUnits - shortUnits);
  const hedged = Math.min(longUnits, shortUnits);
  return { net, hedged, charge: (rates.net * net + rates.hedged * hedged) * spot };
}

/** Initial = max(scan, minimum) + provisions; maintenance = factor × max(scan, minimum) + provisions. */
export function paradexRequirement(
  riskPart: number,
  provisions: number,
  maintenanceFactor: number,
): { readonly initial: number; readonly maintenance: number } {
  return { initial: riskPart + provisions, maintenance: maintenanceFactor * riskPart + provisions };
}
