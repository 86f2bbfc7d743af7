import { APART, BETTER_SQLITE3, type Cell, NODE, OPENTELEMETRY } from './cells.ts'
import { WAYS } from './ways.ts'

/** A cell that was run, and in which ways. */
export interface Tried {
  readonly cell: Cell
  readonly ways: ReadonlySet<string>
}

/** docs/supported-versions.md. */
export function supportedVersions(tried: readonly Tried[]): string {
  const heads = ['Node', 'SQLite', "the app's own SDK", ...WAYS.map(({ name }) => name)]
  const rows = tried.map(({ cell, ways }) => [
    `${NODE[cell.node]}${cell.yarn ? ', Yarn PnP' : ''}`,
    cell.sqlite === 'node:sqlite' ? '`node:sqlite`' : `better-sqlite3 ${BETTER_SQLITE3[cell.sqlite]}`,
    sdkOf(cell),
    ...WAYS.map(({ name }) => (ways.has(name) ? 'yes' : '')),
  ])
  return `# Supported versions

Made by \`npm run test:matrix\`, which installs the packed package with each of these into a fresh folder by a plain
\`npm install\`, runs the same agent without goaltrace and with it, and compares its output, events, spans and parents.
Do not edit.

${table([heads, ...rows])}

- **ESM** and **CommonJS**: \`node --import goaltrace/register agent\`; **\`--require\`**: \`node --require goaltrace/register
  agent.cjs\`.
- **bundle**: the agent bundled by esbuild, with better-sqlite3 external, as its binary requires.
- **TypeScript**: an \`agent.ts\` of which Node itself strips the types, since 22.18.
- **\`GoalInstrumentation\`**: among the \`instrumentations\` of the app's own \`NodeSDK\`, without \`register\`.
- Where the app has its own SDK, its span is the parent of the goals' spans, and its provider creates them, whether it is
  set up before goaltrace or after. Otherwise goaltrace's private one does.
- better-sqlite3 11 and 12, where they are compiled with the headers of Node 24.19 or newer, abort their program, with
  goaltrace or without ([nodejs/node#65446](https://github.com/nodejs/node/issues/65446)); those compiled with
  older ones, as here, do not, nor does 13. \`goaltrace doctor\` reports it.
- **\`process.exit()\`**: an agent without its own SDK that exits this way before anything is delivered; its changes
  are delivered all the same.
- **Yarn PnP**: packages in zip files and no \`node_modules\`. Yarn installs no peers, so \`@opentelemetry/api\` is added by
  name (\`yarn add goaltrace @opentelemetry/api\`), and its loader does not run TypeScript through Node alone, with or without goaltrace.
- With auto-instrumentations-node, \`@opentelemetry/auto-instrumentations-node/register\` is loaded beside
  \`goaltrace/register\`.
- With \`node:sqlite\`, no better-sqlite3 is installed.
- What cannot be combined: ${APART.map(({ why }) => why).join('; ')}.
`
}

function sdkOf({ openTelemetry }: Cell): string {
  const packages: Readonly<Record<string, string>> = OPENTELEMETRY[openTelemetry]
  const sdk = Object.keys(packages).find((name) => name.endsWith('-node'))
  if (sdk === undefined) return 'none'
  return `${openTelemetry === '2.x' ? '2.x' : '3.x'} (${sdk.replace('@opentelemetry/', '')} ${packages[sdk]})`
}

function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n')
}
