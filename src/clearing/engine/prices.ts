import { type Envelope, type PublishPrices, type PublishSurface, type Rejection } from "../protocol/index.ts";
import { type Machine } from "./machine.ts";
import { sweepAgain } from "./margin-watch.ts";

export const publishPrices = (
  m: Machine,
  { prices }: PublishPrices,
  { signer }: Envelope,
): Rejection | undefined => m.markets.publishPrices(signer, prices, m.marketSink);

export function publishSurface(
  m: Machine,
  command: PublishSurface,
  { signer }: Envelope,
): Rejection | undefined {
  const refused = m.markets.publishSurface(signer, command, m.marketSink);
  if (!refused) sweepAgain(m);
  return refused;
}
