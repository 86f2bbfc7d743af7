import process from 'node:process'

/** A path as one word of a command that a message suggests: in quotes where a shell would split or expand it. */
export function shellWord(path: string): string {
  // What begins with a dash would be taken for an option.
  const word = path.startsWith('-') ? `./${path}` : path
  if (process.platform === 'win32') return /^[\w@%+=:,./\\~-]+$/.test(word) ? word : `"${word}"`
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
