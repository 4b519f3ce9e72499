import { type TArray, type TNumber, type TObject, type TString, Type } from "typebox";
import { closed } from "./sheet.ts";

/** A number for one asset or underlying, as a sheet lists it. */
export interface NamedValue {
  /** Symbol of an asset or underlying. */
  readonly name: string;
  readonly value: number;
}

/** Schema of a list of them. */
export const namedValues = (
  minimum: number,
  maximum: number,
): TArray<TObject<{ name: TString; value: TNumber }>> =>
  Type.Array(
    Type.Object(
      { name: Type.String({ minLength: 1, maxLength: 64 }), value: Type.Number({ minimum, maximum }) },
      closed,
    ),
    { maxItems: 1_000 },
  );

/** The value of a name; `undefined` when the list lacks it. */
export const valueOf = (list: readonly NamedValue[] | undefined, name: string): number | undefined =>
  list?.find((entry) => entry.name === name)?.value;
