/** Longer ones are documents, not words. */
const LONGEST = 60
/** Control characters that JSON leaves as they are, and what turns text round. */
const UNPRINTABLE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** A text of the agent's as a message shows it: in quotes, and without what a terminal would obey. */
export function quotedText(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return JSON.stringify(shown).replace(UNPRINTABLE, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
