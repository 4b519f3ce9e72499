/**
 * Characters that would steer a terminal or reorder its text instead of being shown: controls (ESC among them), and the marks
 * that change writing direction. Names and sources come from other people's files.
 */
const steering = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const replacement = "\ufffd";

/** Text that a terminal shows and does not obey; line breaks stay. */
export const plainText = (text: string): string =>
  text.replace(steering, (character) => (character === "\n" ? "\n" : replacement));

/** Text of one line: line breaks are replaced too, so that a name cannot pose as a line of a report. */
export const oneLine = (text: string): string => text.replace(steering, replacement);
