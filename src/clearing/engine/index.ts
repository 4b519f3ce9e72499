export { createEngine, type Engine } from "./engine.ts";
export * from "./limits.ts";
export { type Emit, type Machine } from "./machine.ts";
export { type PoolState } from "./pool-states.ts";
export { type QuoteOffer, type QuoteRequest, type RequestLeg, type Withdrawal } from "./records.ts";
export { type InstrumentTerms } from "./terms.ts";
