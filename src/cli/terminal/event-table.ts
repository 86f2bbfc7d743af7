import { styleText } from 'node:util'
import { type EventColumn, eventCells, type ShownEvent } from './event-line.ts'
import { roomBeside, type TableColumn } from './narrow-table.ts'
import { fitted, printable } from './printable.ts'
import { aligned } from './table.ts'

export interface TimedEvent extends ShownEvent {
  readonly at: string
}

/** The columns after the event's name, in order. */
const COLUMNS: readonly { readonly name: EventColumn; readonly right?: true; readonly leaves?: number }[] = [
  { name: 'status' },
  { name: 'tokens', right: true, leaves: 3 },
  { name: 'time', right: true, leaves: 2 },
  { name: 'turn', leaves: 1 },
]
/**
 * The event's name comes before its status, and gets the width that the other columns leave: this much distinguishes
 * the events.
 */
const EVENT = { least: 11, most: 15 }

/** The events of one goal, one on each line below a heading, none wider than the terminal. */
export function eventTable(events: readonly TimedEvent[], columns: number): string[] {
  const rows = events.map((event) => ({ at: printable(event.at), cells: eventCells(event) }))
  const cellsOf = (name: EventColumn, room = Infinity) => [
    styleText('dim', fitted(name, room)),
    ...rows.map(({ cells }) => {
      const [text, style] = cells[name]
      const cut = fitted(printable(text), room)
      return style ? styleText(style, cut) : cut
    }),
  ]
  const table: TableColumn[] = [
    { right: true, leaves: 4, cells: [styleText('dim', 'at'), ...rows.map(({ at }) => styleText('dim', at))] },
    ...COLUMNS.map(({ name, right = false, leaves = Infinity }) => ({ right, leaves, cells: cellsOf(name) })),
  ]
  const room = Math.max(1, Math.min(roomBeside(table, columns, EVENT.least), EVENT.most))
  const status = table.findIndex(({ leaves }) => leaves === Infinity)
  table.splice(status, 0, { right: false, leaves: Infinity, cells: cellsOf('event', room) })
  const right = new Set(table.flatMap((column, at) => (column.right ? [at] : [])))
  return aligned(
    ['', ...rows].map((_, row) => table.map(({ cells }) => cells[row] ?? '')),
    right,
  ).split('\n')
}
