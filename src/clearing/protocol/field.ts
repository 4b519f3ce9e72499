/**
 * How one field of a command or event looks. One table of fields (command-fields.ts, event-fields.ts) serves four readers: the JSON
 * Schema that validates and documents, the binary codec of the journal, the EIP-712 types that are signed, and the defaults.
 */
export type Field =
  | IntegerField
  | NumberField
  | TextField
  | ChoiceField
  | BooleanField
  | ListField
  | RecordField;

/** The fields of one record or command, in the order in which they are encoded and signed. */
export type Fields = Readonly<Record<string, Field>>;

/** A field for each property of `T`. */
export type FieldsOf<T> = { readonly [F in keyof T]-?: Field };

interface FieldBase {
  /** What it means, with its unit, for the API documents. */
  readonly about: string;
}

/** A safe integer. */
export interface IntegerField extends FieldBase {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
  /** Taken when the field is left out. Absent: the field is required. */
  readonly default?: number;
}

/** A finite float64. For risk figures only, never for money. */
export interface NumberField extends FieldBase {
  readonly kind: "number";
  readonly min: number;
  readonly max: number;
  readonly default?: number;
}

export interface TextField extends FieldBase {
  readonly kind: "text";
  /** Of UTF-16 code units. */
  readonly maxLength: number;
  /** Regular expression the whole text must match. */
  readonly pattern?: string;
  readonly default?: string;
}

export interface ChoiceField extends FieldBase {
  readonly kind: "choice";
  /** The words, each at the place whose number stands for it in bytes. New words are only appended. */
  readonly of: readonly string[];
  readonly default?: string;
}

export interface BooleanField extends FieldBase {
  readonly kind: "boolean";
  readonly default?: boolean;
}

export interface ListField extends FieldBase {
  readonly kind: "list";
  readonly of: Field;
  readonly maxCount: number;
  readonly minCount?: number;
}

export interface RecordField extends FieldBase {
  readonly kind: "record";
  /** Its name in EIP-712 and in the API documents, PascalCase. */
  readonly name: string;
  readonly fields: Fields;
}

/** The fields of each member of a union that is told apart by `type`, in the order in which they are encoded. */
export type FieldsOfUnion<T extends { readonly type: string }> = {
  readonly [K in T["type"]]: FieldsOf<Omit<Extract<T, { readonly type: K }>, "type">>;
};
