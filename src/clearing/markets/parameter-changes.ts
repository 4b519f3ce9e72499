import { type SetParameter } from "../protocol/commands.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { wholePpm } from "./aggregate.ts";
import { checkAssetRules, checkInstrumentRules } from "./check-specs.ts";
import { optionKind, perpetualKind, spotKind } from "./instrument-codes.ts";
import { maxRamps } from "./limits.ts";
import { type MarketSink } from "./market-sink.ts";
import { type MarketStores } from "./market-stores.ts";
import {
  blendStepPpm,
  findParameter,
  noticeMs,
  type Parameter,
  parameterGridMs,
  parameters,
  type ParameterTarget,
} from "./parameters.ts";
import { gridStep, makeRamp, type Ramp, rampValue } from "./ramps.ts";
import { checkInteger, refuse } from "./refuse.ts";
import { type AssetColumn, assetColumns, type InstrumentColumn, instrumentColumns } from "./registries.ts";

const unknownTarget = {
  asset: "unknownAsset",
  underlying: "unknownUnderlying",
  instrument: "unknownInstrument",
} as const;

const isAssetColumn = (name: string): name is AssetColumn =>
  (assetColumns as readonly string[]).includes(name);
const isInstrumentColumn = (name: string): name is InstrumentColumn =>
  (instrumentColumns as readonly string[]).includes(name);

/** The value in force. */
function current(stores: MarketStores, { target, name }: Parameter, index: number): number {
  if (target === "underlying") {
    const rules = new Map<string, number>(Object.entries(stores.feedOf(index).rules));
    return rules.get(name) ?? NaN;
  }
  if (target === "liquidation") return stores.liquidation.find(name);
  if (target === "asset") return isAssetColumn(name) ? stores.assets.get(name, index) : NaN;
  return isInstrumentColumn(name) ? stores.instruments.get(name, index) : NaN;
}

function put(stores: MarketStores, { target, name }: Parameter, index: number, value: number): void {
  if (target === "underlying") {
    const feed = stores.underlyings.get("feed", index);
    stores.feeds.setRules(feed, { ...stores.feedOf(index).rules, [name]: value }, stores.clock.nowMs);
  } else if (target === "liquidation") stores.liquidation.set(name, value);
  else if (target === "asset") {
    if (isAssetColumn(name)) stores.assets.set(name, index, value);
  } else if (isInstrumentColumn(name)) stores.instruments.set(name, index, value);
}

/** Why the parameter of this target may not become `value`, judged by where all its parameters are on their way to. */
function checkChange(
  stores: MarketStores,
  parameter: Parameter,
  command: SetParameter,
): Rejection | undefined {
  const { target, index, value } = command;
  const { name } = parameter;
  if (target === "liquidation") {
    return (
      checkInteger("invalidSpec", "index", index, 0, 0) ??
      checkInteger("invalidSpec", "value", value, parameter.min, parameter.max)
    );
  }
  const counts = { asset: stores.assets, underlying: stores.underlyings, instrument: stores.instruments };
  if (!counts[target].has(index)) {
    return refuse(unknownTarget[target], "index", index, `0 to ${counts[target].count - 1}`);
  }
  const wrong = checkInteger("invalidSpec", "value", value, parameter.min, parameter.max);
  if (wrong !== undefined || target === "underlying") return wrong;
  const destination: Record<string, number> = { [name]: value };
  for (const [, ramp] of stores.ramps.active()) {
    const other = parameters[ramp.parameter];
    if (other?.target === target && ramp.index === index && other.name !== name && other.change !== "blend") {
      destination[other.name] = ramp.to;
    }
  }
  if (target === "asset") return checkAssetRules({ ...stores.assetSpec(index), ...destination });
  if (stores.isExpired(index)) return refuse("instrumentExpired", "index", index, "a live instrument");
  const kind = stores.instruments.get("kind", index);
  const isUnused =
    (name.startsWith("funding") && kind !== perpetualKind) ||
    (name === "optionFeeCapPpm" && kind !== optionKind) ||
    (name.endsWith("MarginPpm") && kind === spotKind);
  if (isUnused) return refuse("invalidSpec", "parameter", name, "a parameter that the instrument's kind has");
  return checkInstrumentRules({ ...stores.instrumentSpec(index), ...destination });
}

/** Starts or makes a change of a parameter, or says why not. */
export function setParameter(
  stores: MarketStores,
  command: SetParameter,
  sink: MarketSink,
): Rejection | undefined {
  const { target, index, value: to } = command;
  const number = findParameter(target, command.parameter);
  const parameter = parameters[number];
  if (parameter === undefined) {
    return refuse(
      "invalidSpec",
      "parameter",
      command.parameter,
      `a parameter of ${target}s in docs/parameters.md`,
    );
  }
  const wrong = checkChange(stores, parameter, command);
  if (wrong !== undefined) return wrong;
  const from = current(stores, parameter, index);
  const { name, change } = parameter;
  if (change === "now") {
    put(stores, parameter, index, to);
    sink.emit({ type: "parameterReached", target, index, parameter: name, value: to });
    return undefined;
  }
  const { ramps, clock } = stores;
  // One ramp moves both thresholds: it goes by the first of the two.
  const slotParameter = change === "blend" ? findParameter(target, "openInterestLowerLots") : number;
  if (ramps.find(slotParameter, index) < 0 && ramps.activeCount >= maxRamps) {
    return refuse("overCapacity", "parameter", name, `${maxRamps} parameters on their way`);
  }
  let ramp: Ramp;
  if (change === "blend") {
    const refusal = startBlend(stores, index);
    if (refusal !== undefined) return refusal;
    put(stores, parameter, index, to);
    const way = { parameter: slotParameter, index, from: 0, to: wholePpm, perStep: blendStepPpm };
    ramp = makeRamp(way, clock.nowMs);
  } else {
    const way = { parameter: number, index, from, to, perStep: parameter.step };
    ramp = makeRamp(way, clock.nowMs, noticeMs);
  }
  ramps.start(ramp);
  const endsMs = ramp.endStep * parameterGridMs;
  sink.emit({ type: "parameterRamping", target, index, parameter: name, from, to, endsMs });
  return undefined;
}

/** Makes the thresholds in force the old ones. Refused while others are being exchanged, but for the minute in which that began. */
function startBlend(stores: MarketStores, instrument: number): Rejection | undefined {
  const { instruments, ramps } = stores;
  const blendPpm = instruments.get("openInterestBlendPpm", instrument);
  if (blendPpm === 0) return undefined;
  if (blendPpm < wholePpm) {
    const slot = ramps.find(findParameter("instrument", "openInterestLowerLots"), instrument);
    const endsMs = (ramps.get(slot)?.endStep ?? 0) * parameterGridMs;
    return refuse(
      "invalidSpec",
      "parameter",
      "openInterestLowerLots",
      `not before ${endsMs}, when the last change ends`,
    );
  }
  instruments.set(
    "openInterestFromLowerLots",
    instrument,
    instruments.get("openInterestLowerLots", instrument),
  );
  instruments.set(
    "openInterestFromUpperLots",
    instrument,
    instruments.get("openInterestUpperLots", instrument),
  );
  instruments.set("openInterestBlendPpm", instrument, 0);
  return undefined;
}

/** Moves every parameter that is on its way to where it is at `nowMs`. */
export function moveParameters(stores: MarketStores, nowMs: number, sink: MarketSink): void {
  const { ramps, instruments } = stores;
  const step = gridStep(nowMs);
  const done: number[] = [];
  for (const [slot, ramp] of ramps.active()) {
    const parameter = parameters[ramp.parameter];
    if (parameter === undefined) continue;
    const { index } = ramp;
    const value = rampValue(ramp, step);
    if (parameter.change === "blend") instruments.set("openInterestBlendPpm", index, value);
    else put(stores, parameter, index, value);
    if (step < ramp.endStep) continue;
    done.push(slot);
    const names =
      parameter.change === "blend"
        ? (["openInterestLowerLots", "openInterestUpperLots"] as const)
        : [parameter.name];
    for (const name of names) {
      const reached = current(stores, { ...parameter, name }, index);
      sink.emit({
        type: "parameterReached",
        target: parameter.target,
        index,
        parameter: name,
        value: reached,
      });
    }
  }
  for (const slot of done) ramps.end(slot);
}

/** Ends what is on its way for something that no longer exists. */
export function dropParameters(stores: MarketStores, target: ParameterTarget, index: number): void {
  const slots: number[] = [];
  for (const [slot, ramp] of stores.ramps.active()) {
    if (parameters[ramp.parameter]?.target === target && ramp.index === index) slots.push(slot);
  }
  for (const slot of slots) stores.ramps.end(slot);
}
