/** In pixels. A character of these fonts is 0.6 em wide; each run is stretched to it, so that columns stay columns. */
const FONT_SIZE = 14
const CHARACTER = FONT_SIZE * 0.6
const LINE = 20
const PADDING = 20
const TITLE_BAR = 40

const BACKGROUND = '#0d1117'
const FOREGROUND = '#e6edf3'
const DIM = '#848d97'
/** https://en.wikipedia.org/wiki/ANSI_escape_code#SGR: the codes that node:util's styleText writes. */
const COLOURS: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#56d364',
  33: '#e3b341',
  35: '#d2a8ff',
  36: '#56d4dd',
  90: '#6e7681',
}

interface Look {
  readonly colour?: string | undefined
  readonly bold?: boolean
  readonly dim?: boolean
  readonly underline?: boolean
}

/** A picture of a terminal: self-contained, its texts selectable. @param lines May have SGR sequences. */
export function terminalSvg(lines: readonly string[], title: string): string {
  const drawn = lines.map((line, index) => drawnLine(line, TITLE_BAR + index * LINE))
  const columns = Math.max(...drawn.map(({ columns }) => columns))
  const width = Math.ceil(columns * CHARACTER + 2 * PADDING)
  const height = TITLE_BAR + lines.length * LINE + PADDING
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, index) => `<circle cx="${PADDING + 6 + index * 20}" cy="${TITLE_BAR / 2}" r="6" fill="${colour}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: ${FOREGROUND}; white-space: pre }</style>
<rect width="${width}" height="${height}" rx="10" fill="${BACKGROUND}" stroke="#30363d"/>
${lights.join('')}
<text x="${width / 2}" y="${TITLE_BAR / 2 + 5}" text-anchor="middle" style="fill: ${DIM}">${escaped(title)}</text>
${drawn.flatMap(({ texts }) => texts).join('\n')}
</svg>
`
}

function drawnLine(line: string, top: number): { texts: string[]; columns: number } {
  let column = 0
  const texts: string[] = []
  for (const { text, look } of runs(line)) {
    // Words apart, so that a space never has to be drawn.
    for (const { 0: word, index } of text.matchAll(/\S+(?: \S+)*/g)) {
      const length = [...word].length
      const x = round(PADDING + (column + [...text.slice(0, index)].length) * CHARACTER)
      texts.push(
        `<text x="${x}" y="${top + FONT_SIZE}" textLength="${round(length * CHARACTER)}" lengthAdjust="spacingAndGlyphs"${style(look)}>${escaped(word)}</text>`,
      )
    }
    column += [...text].length
  }
  return { texts, columns: column }
}

/** The line's texts between its SGR sequences, with what those set. */
function runs(line: string): { text: string; look: Look }[] {
  let look: Look = {}
  return line.split('\u001b[').map((part, index) => {
    if (index === 0) return { text: part, look }
    const [, codes = '', text = ''] = /^([\d;]*)m(.*)$/.exec(part) ?? []
    for (const code of codes.split(';')) look = after(look, Number(code))
    return { text, look }
  })
}

function after(look: Look, code: number): Look {
  if (code === 0) return {}
  if (code === 1) return { ...look, bold: true }
  if (code === 2) return { ...look, dim: true }
  if (code === 4) return { ...look, underline: true }
  if (code === 22) return { ...look, bold: false, dim: false }
  if (code === 24) return { ...look, underline: false }
  if (code === 39) return { ...look, colour: undefined }
  if (code in COLOURS) return { ...look, colour: COLOURS[code] }
  throw new Error(`no colour is named for the SGR code ${code}; add it to COLOURS`)
}

function style({ colour, bold, dim, underline }: Look): string {
  const rules = [
    (colour ?? dim) && `fill: ${colour ?? DIM}`,
    bold && 'font-weight: bold',
    underline && 'text-decoration: underline',
  ].filter(Boolean)
  return rules.length === 0 ? '' : ` style="${rules.join('; ')}"`
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function round(pixels: number): number {
  return Math.round(pixels * 100) / 100
}
