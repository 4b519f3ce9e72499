/** Text that is markup already. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | null | readonly Content[];

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that steer or reorder text: names come from other people's files. */
const steering = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const contentText = (content: Content): string => {
  if (content === null) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "object") return content.map(contentText).join("");
  return (
    String(content)
      .replace(steering, "\ufffd")
      // a number and its sign stay on one line
      .replace(/(?<=\d|∞) %/g, "\u00a0%")
      .replace(
        /(?<=\d) (?:([kM]) )?USD\b/g,
        (_, scale?: string) => `\u00a0${scale ? `${scale}\u00a0` : ""}USD`,
      )
      .replace(/[&<>"']/g, (character) => escapes[character] ?? character)
  );
};

/** HTML whose `${…}` are escaped unless they are markup; lists are put one after the other. */
export const markup = (parts: TemplateStringsArray, ...contents: readonly Content[]): Markup =>
  new Markup(parts.map((part, at) => part + contentText(contents[at] ?? null)).join(""));
