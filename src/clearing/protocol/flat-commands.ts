import { commandFields } from "./command-fields.ts";
import { type Command, type CommandType, type PlaceOrder } from "./commands.ts";
import { flatLayout, mostFlatFields } from "./flat-record.ts";
import { type FlatLayout, type FlatNumbers, type ForeignBytes } from "./foreign-bytes.ts";

/** A command of numbers alone: its layout, and its object from them, whose properties stand in the order of the fields. */
interface FlatCommand {
  readonly layout: FlatLayout;
  readonly make: (numbers: FlatNumbers) => Command;
}

/** A whole number as V8 keeps small ones: without a box. */
const whole = (value: number): number => (value <= 0x3fff_ffff ? value | 0 : value);

const sides: readonly PlaceOrder["side"][] = ["buy", "sell"];
const timesInForce: readonly PlaceOrder["timeInForce"][] = ["gtc", "ioc", "fok", "gtt"];
const selfTrades: readonly PlaceOrder["selfTradePrevention"][] = [
  "cancelResting",
  "cancelIncoming",
  "cancelBoth",
  "decrement",
];
const triggers: readonly PlaceOrder["trigger"][] = ["none", "stop", "takeProfit"];

/** The commands that most of a journal is made of. The table of fields remains what says how they lie in the bytes. */
const flatCommands: { readonly [K in CommandType]?: FlatCommand } = {
  placeOrder: {
    layout: flatLayout(commandFields.placeOrder),
    make: ({ small, large }) => ({
      type: "placeOrder",
      account: small[0]!,
      instrument: small[1]!,
      side: sides[small[2]!]!,
      priceTicks: small[3]!,
      lots: whole(large[4]!),
      timeInForce: timesInForce[small[5]!]!,
      postOnly: small[6] === 1,
      reduceOnly: small[7] === 1,
      clientOrderId: whole(large[8]!),
      expiryMs: whole(large[9]!),
      selfTradePrevention: selfTrades[small[10]!]!,
      trigger: triggers[small[11]!]!,
      triggerTicks: small[12]!,
      route: small[13] === 1 ? "best" : "book",
    }),
  },
  cancelOrder: {
    layout: flatLayout(commandFields.cancelOrder),
    make: ({ small, large }) => ({
      type: "cancelOrder",
      account: small[0]!,
      orderId: whole(large[1]!),
      clientOrderId: whole(large[2]!),
    }),
  },
  amendOrder: {
    layout: flatLayout(commandFields.amendOrder),
    make: ({ small, large }) => ({
      type: "amendOrder",
      account: small[0]!,
      orderId: whole(large[1]!),
      clientOrderId: whole(large[2]!),
      priceTicks: small[3]!,
      lots: whole(large[4]!),
    }),
  },
};

const numbers: FlatNumbers = {
  small: new Int32Array(mostFlatFields),
  large: new Float64Array(mostFlatFields),
};

/** Reads commands of this type, or is undefined; gives undefined, and has read nothing, where there is no such command within its bounds. */
export function flatReader(type: string): ((from: ForeignBytes) => Command | undefined) | undefined {
  const flat = Object.entries(flatCommands).find(([name]) => name === type)?.[1];
  if (flat === undefined) return undefined;
  const { layout, make } = flat;
  return (from) => (from.numbers(layout, numbers) ? make(numbers) : undefined);
}
