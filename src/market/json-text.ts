import { PlimsollError } from "../quantity/error.ts";

/** Bounds and name of a JSON text, for {@link parseJson}. */
export interface JsonTextOptions {
  /** What errors call the text: a file's name, or what it holds. Default `document`. */
  readonly name?: string;
  /** Longest text read, in characters. Default {@link maxTextLength}. */
  readonly maxLength?: number;
  /** Deepest nesting read. Default {@link maxJsonDepth}. */
  readonly maxDepth?: number;
}

/** Longest document read unless the caller raises it: 64 Mi characters. */
export const maxTextLength: number = 64 * 1024 * 1024;
/** Deepest nesting of a document. The deepest that any of our formats needs is 6. */
export const maxJsonDepth = 64;

/**
 * Reads JSON text strictly: RFC 8259, no duplicate keys, bounded length and depth. Errors name line and column (from 1)
 * and what was expected there, whatever the engine.
 *
 * @throws {PlimsollError} `PLM_JSON_SYNTAX`, `PLM_LIMIT` (too long, too deep), `PLM_DUPLICATE` (a key twice in one object).
 */
export function parseJson(text: string, options: JsonTextOptions = {}): unknown {
  const name = options.name ?? "document";
  const maxLength = options.maxLength ?? maxTextLength;
  if (typeof text !== "string") {
    throw new PlimsollError("PLM_JSON_SYNTAX", {
      field: name,
      value: text,
      limit: "JSON text",
      remedy: "Pass the document as a string.",
    });
  }
  if (text.length > maxLength) {
    throw new PlimsollError("PLM_LIMIT", {
      field: name,
      value: text.length,
      limit: `at most ${maxLength} characters long`,
      remedy: "Split the document, or raise the limit if memory allows.",
    });
  }
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  new Scanner(json, name, options.maxDepth ?? maxJsonDepth).scan();
  return JSON.parse(json) as unknown;
}

/** Line and column, both from 1, of an offset into a text. */
export function lineAndColumn(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const word = /[^\s,:{}[\]"]{1,40}/y;

/**
 * Walks the grammar before `JSON.parse` does. It recurses no deeper than the depth limit, so hostile nesting cannot
 * exhaust the stack.
 */
class Scanner {
  private at = 0;
  private readonly text: string;
  private readonly name: string;
  private readonly maxDepth: number;

  constructor(text: string, name: string, maxDepth: number) {
    this.text = text;
    this.name = name;
    this.maxDepth = maxDepth;
  }

  scan(): void {
    this.skipSpace();
    this.value(0);
    this.skipSpace();
    if (this.at < this.text.length) this.fail("the end of the text");
  }

  private where(offset: number): string {
    const { line, column } = lineAndColumn(this.text, offset);
    return `${this.name}:${line}:${column}`;
  }

  private fail(expected: string): never {
    const found =
      this.at >= this.text.length ? "the end of the text" : this.match(word) || this.text.charAt(this.at);
    throw new PlimsollError("PLM_JSON_SYNTAX", {
      field: this.where(this.at),
      value: found,
      limit: expected,
      remedy: "Correct the JSON at that line and column.",
    });
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0] ?? "";
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }

  private value(depth: number): void {
    const character = this.text.charAt(this.at);
    if (character === "{" || character === "[") {
      if (depth >= this.maxDepth) {
        throw new PlimsollError("PLM_LIMIT", {
          field: this.where(this.at),
          value: depth + 1,
          limit: `nested at most ${this.maxDepth} deep`,
          remedy: "Flatten the document: no Plimsoll format nests this deep.",
        });
      }
      if (character === "{") this.object(depth);
      else this.array(depth);
    } else if (character === '"') this.string();
    else if (character === "t") this.literal("true");
    else if (character === "f") this.literal("false");
    else if (character === "n") this.literal("null");
    else {
      const digits = this.match(number);
      if (digits === "") this.fail("a JSON value: an object, array, string, number, true, false or null");
      this.at += digits.length;
      // A number ends at a delimiter; `01`, `1.`, `1e` and `0x1` would otherwise be blamed on what follows them.
      if (/[\w.+-]/.test(this.text.charAt(this.at))) this.fail("the end of a number, such as -12.5e3");
    }
  }

  private literal(name: string): void {
    if (!this.text.startsWith(name, this.at)) this.fail(`the literal ${name}, or a string in double quotes`);
    this.at += name.length;
  }

  private string(): void {
    const start = this.at;
    this.at += 1;
    for (;;) {
      let code = this.text.charCodeAt(this.at);
      while (code >= 0x20 && code !== 0x22 && code !== 0x5c) code = this.text.charCodeAt((this.at += 1));
      const character = this.text.charAt(this.at);
      if (character === '"') {
        this.at += 1;
        return;
      }
      if (character === "\\") {
        const sequence = this.match(escape);
        if (sequence === "") this.fail('an escape sequence such as \\n, \\" or \\u00e9');
        this.at += sequence.length;
      } else if (character === "") {
        this.fail(`the closing quote of the string that opens at ${this.where(start)}`);
      } else {
        this.fail("a printable character (write control characters as \\n or \\u0009)");
      }
    }
  }

  private object(depth: number): void {
    const keys = new Set<string>();
    this.at += 1;
    this.skipSpace();
    if (this.text.charAt(this.at) === "}") {
      this.at += 1;
      return;
    }
    for (;;) {
      const start = this.at;
      if (this.text.charAt(start) !== '"') {
        this.fail(keys.size === 0 ? "a key in double quotes, or }" : "a key in double quotes");
      }
      this.string();
      const raw = this.text.slice(start, this.at);
      const key = raw.includes("\\") ? String(JSON.parse(raw)) : raw.slice(1, -1);
      if (keys.has(key)) {
        throw new PlimsollError("PLM_DUPLICATE", {
          field: this.where(start),
          value: key,
          limit: "a key that its object does not have yet",
          remedy: "Keep one of the two values.",
        });
      }
      keys.add(key);
      this.skipSpace();
      if (this.text.charAt(this.at) !== ":") this.fail(": after a key");
      this.at += 1;
      this.skipSpace();
      this.value(depth + 1);
      this.skipSpace();
      const next = this.text.charAt(this.at);
      if (next !== "," && next !== "}") this.fail("a comma or }");
      this.at += 1;
      if (next === "}") return;
      this.skipSpace();
    }
  }

  private array(depth: number): void {
    this.at += 1;
    this.skipSpace();
    if (this.text.charAt(this.at) === "]") {
      this.at += 1;
      return;
    }
    for (;;) {
      this.value(depth + 1);
      this.skipSpace();
      const next = this.text.charAt(this.at);
      if (next !== "," && next !== "]") this.fail("a comma or ]");
      this.at += 1;
      if (next === "]") return;
      this.skipSpace();
    }
  }
}
