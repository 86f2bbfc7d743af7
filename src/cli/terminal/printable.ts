/**
 * Makes texts of agents safe for a terminal, which must not obey them, and whose columns must stay aligned.
 * https://unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */

/** Only this many characters of a text are read. */
const LONGEST = 4000

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/gu
/** Bidirectional overrides and what has no width; and marks that pile up over one letter. */
const INVISIBLE = /\p{Cf}|(?<=\p{M}{2})\p{M}/gu
const WIDE =
  /[\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** On one line, without what a terminal would obey: escapes, controls, changes of direction. */
export function printable(text: string): string {
  const cut = text.length > LONGEST ? text.slice(0, LONGEST) : text
  return cut.toWellFormed().replace(INVISIBLE, '').replace(/\s+/g, ' ').replace(CONTROL, '\ufffd')
}

/** JSON as it is, with the characters escaped that JSON allows and a terminal obeys. @param json JSON text. */
export function printableJson(json: string): string {
  return json.replace(/[\x7f-\x9f\u2028\u2029]|\p{Cf}/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}

/** Columns of a terminal that a printable text takes. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += widthOf(character)
  return columns
}

/** A printable text in this many columns, with `…` where it is cut. */
export function fitted(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let kept = ''
  let left = columns - 1
  for (const character of text) {
    left -= widthOf(character)
    if (left < 0) break
    kept += character
  }
  return `${kept}…`
}

function widthOf(character: string): number {
  if (/\p{M}/u.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}
