/**
 * The strings of a TOML document by their dotted keys: `sqlite_home`, `profiles.work.sqlite_home`. All that is needed of
 * Codex's config.toml, in a fraction of a parser's size; what is written in another form, such as an inline table, is skipped.
 * https://toml.io/en/v1.0.0
 */
export function tomlStrings(text: string): ReadonlyMap<string, string> {
  const strings = new Map<string, string>()
  let table = ''
  // What stands in strings of several lines looks like anything.
  for (const line of text.replace(/("""|''')[\s\S]*?\1/g, '0').split(/\r?\n/)) {
    const header = /^\s*\[\s*([^[\]]+?)\s*\]\s*(#.*)?$/.exec(line)?.[1]
    if (header !== undefined) table = `${keyOf(header)}.`
    // The keys of an entry in a list of tables are not asked for.
    else if (/^\s*\[\[/.test(line)) table = '[].'
    const [, key, basic, literal] = /^\s*([\w."'-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/.exec(line) ?? []
    const value = literal ?? unescaped(basic)
    if (key !== undefined && value !== undefined) strings.set(table + keyOf(key), value)
  }
  return strings
}

function keyOf(written: string): string {
  return written.replace(/["'\s]/g, '')
}

/** TOML has the escapes of JSON, and also `\UXXXXXXXX` and, since 1.1, `\e` and `\xHH`. */
function unescaped(basic: string | undefined): string | undefined {
  if (basic === undefined) return undefined
  try {
    return JSON.parse(`"${basic}"`)
  } catch {
    return undefined
  }
}
