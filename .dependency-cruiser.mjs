/**
 * The rooms of src and what each may import (ARCHITECTURE.md, "The rooms"). An arrow that is missing here is a design
 * decision: think about where the code belongs before you add one. Imports of types count as well.
 */
const ROOMS = {
  base: [],
  goal: ['base'],
  event: ['base', 'goal'],
  otlp: ['base'],
  codex: ['base', 'goal', 'event', 'otlp'],
  sqlite: ['base'],
  mapping: ['base', 'goal'],
  telemetry: ['base', 'goal', 'event', 'otlp'],
  outbox: ['base', 'goal', 'event', 'mapping', 'sqlite'],
  delivery: ['base', 'goal', 'event', 'mapping', 'sqlite', 'telemetry', 'outbox'],
  capture: ['base', 'goal', 'event', 'mapping', 'sqlite', 'telemetry', 'outbox'],
  store: ['base', 'event', 'telemetry'],
  watch: ['base', 'goal', 'event', 'mapping', 'sqlite', 'outbox', 'telemetry', 'codex'],
  files: ['base', 'goal', 'event', 'mapping', 'sqlite', 'outbox'],
  api: [...['base', 'goal', 'event', 'mapping', 'sqlite', 'telemetry'], ...['outbox', 'delivery', 'capture', 'store']],
  // What the build puts in the place of a package's module; nothing imports it by name.
  shims: [],
  // A request and its answer, below what is asked for; the backend's root puts all of it together.
  'backend/http': ['base', 'otlp'],
  'backend/store': ['base', 'goal', 'event', 'sqlite', 'otlp', 'codex'],
  'backend/ingest': ['base', 'goal', 'event', 'otlp', 'codex', 'backend/store', 'backend/http'],
  'backend/api': ['base', 'goal', 'event', 'otlp', 'codex', 'backend/store', 'backend/http'],
  // Of the backend the types of its answers, and how they are written.
  page: ['goal', 'event', 'otlp', 'backend/api'],
}

/** One source file of a room, or of one of `rooms`. */
const inRooms = (rooms) => `^src/(${rooms.join('|')})/`

export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(ROOMS).map(([room, others]) => ({
      name: `${room.replace('/', '-')}-imports`,
      severity: 'error',
      from: { path: inRooms([room]) },
      to: { path: '^src/', pathNot: inRooms([room, ...others]) },
    })),
    {
      name: 'only-the-command-imports-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'entries-only-at-the-root',
      comment: 'A room imports rooms, never an entry of the package.',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/[^/]+$' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
}
