/** What a body of nothing but nesting has in it, and hardly another; looking for it costs a thousandth of reading the text. */
const RUN = '['.repeat(256)
/** Lists in lists: JSON.parse needs some 100 bytes for each, so that a body of 8 MiB could take 800 MB. */
const DEEPEST = 100_000

/** Whether a text nests lists and objects deeper than can be meant. */
export function isTooDeep(text: string): boolean {
  if (!text.includes(RUN)) return false
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (quoted) {
      if (character === '\\') at++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '[' || character === '{') {
      if (++depth > DEEPEST) return true
    } else if (character === ']' || character === '}') depth--
  }
  return false
}
