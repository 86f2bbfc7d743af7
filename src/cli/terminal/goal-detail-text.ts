import { stripVTControlCharacters, styleText } from 'node:util'
import { type GoalDetail, type GoalSummary, type StoredEvent, stateOf } from '../../backend/api/api.ts'
import * as semconv from '../../event/semconv.ts'
import { money } from '../../goal/money.ts'
import { duration, styleOf, tokens } from './event-line.ts'
import { eventTable } from './event-table.ts'
import { ago } from './goal-list.ts'
import { fitted, printable } from './printable.ts'
import { budgetBar } from './table.ts'
import { legend, timeline } from './timeline.ts'

const LABEL = 9
/** Columns of the timeline at most. */
const TIMELINE = 60
/** Traces that are named. */
const MOST_TRACES = 5

/** A goal's history for a terminal: what it is, how it went, and each event. */
export function goalDetailText(
  { goal, events, complete, spans, trace_id: own }: GoalDetail,
  jaeger: string | null,
  nowMs: number,
  columns: number,
): string {
  const fact = (name: string, text: string) => (text === '' ? [] : [`${styleText('dim', name.padEnd(LABEL))}${text}`])
  const room = Math.max(10, columns - LABEL)
  const short = (text: string) => fitted(printable(text), room)
  // Its own first, then those of the agent in which it changed.
  const traces = [...new Set([own, ...events.map(({ trace_id }) => trace_id)])].filter((id) => typeof id === 'string')
  const links = traces.slice(0, MOST_TRACES).map((id) => (jaeger ? `${printable(jaeger)}/trace/${id}` : id))
  const startedAt = Date.parse(goal.first_at)
  const table = eventTable(
    events.map((event) => ({ at: since(Date.parse(event.occurred_at) - startedAt), ...shown(event) })),
    columns,
  )
  return [
    styleText('bold', fitted(printable(goal.objective ?? goal.goal_id), columns)),
    '',
    ...fact('goal', short(goal.goal_id)),
    ...fact('thread', short(goal.thread_id)),
    ...fact('agent', short(goal.service ?? '')),
    ...fact('model', short(goal.model ?? '')),
    ...fact('status', standing(goal, nowMs, room)),
    ...fact('reason', short(goal.reason ?? '')),
    ...fact('replaced', goal.replaced_by === null ? '' : short(`by ${goal.replaced_by}`)),
    ...fact('tokens', spent(goal, room)),
    ...fact('cost', goal.cost === null ? '' : money(goal.cost)),
    ...fact('time', duration(goal.time_used_seconds)),
    // Never cut: half an address leads nowhere.
    ...links.flatMap((link, at) => fact(at === 0 ? 'traces' : '', link)),
    ...fact('', traces.length > links.length ? `and ${traces.length - links.length} more traces` : ''),
    ...fact('spans', spans.length > 0 ? String(spans.length) : ''),
    '',
    ...history(goal, events, nowMs, Math.min(TIMELINE, columns)),
    legend(columns),
    '',
    ...(complete ? table : [...table.slice(0, 1), styleText('dim', 'older events are left out'), ...table.slice(1)]),
    '',
  ].join('\n')
}

function standing(goal: GoalSummary, nowMs: number, room: number): string {
  const state = stateOf(goal)
  const since = `, last changed ${ago(Date.parse(goal.last_at), nowMs)} ago`
  return `${styleText(styleOf(state), state)}${fitted(since, Math.max(1, room - state.length))}`
}

/** With a bar of the budget where there is room for it. */
function spent(goal: GoalSummary, room: number): string {
  const text = tokens(goal.tokens_used, goal.token_budget)
  const bar = budget(goal)
  const width = text.length + 1 + stripVTControlCharacters(bar).length
  return width <= room ? `${text} ${bar}`.trim() : text
}

function budget({ tokens_used, token_budget }: GoalSummary): string {
  return budgetBar(Number(tokens_used ?? 0), Number(token_budget) || undefined)
}

/** From its first event to its last, or to now while it is active. */
function history(goal: GoalSummary, events: readonly StoredEvent[], nowMs: number, columns: number): string[] {
  const isReplaced = stateOf(goal) === 'replaced'
  const last = Date.parse((isReplaced && goal.replaced_at) || goal.last_at)
  const [from, to] = [Date.parse(goal.first_at), goal.stopped_at === null ? nowMs : last]
  const statuses = events.map(({ occurred_at, payload: { event_params: of } }) => ({
    atMs: Date.parse(occurred_at),
    status: of.event_kind === 'cleared' ? 'cleared' : of.goal_status,
  }))
  if (isReplaced) statuses.push({ atMs: last, status: 'replaced' })
  const end = duration(Math.round((to - from) / 1000))
  const axis = `0 s${end.padStart(Math.max(end.length + 1, columns - 3))}`
  return [timeline({ statuses }, from, to, columns), styleText('dim', axis)]
}

/** Width of what a line has before the event, in characters. */
function since(ms: number): string {
  return (ms < 100_000 ? `${(ms / 1000).toFixed(2)} s` : duration(Math.floor(ms / 1000))).padStart(7)
}

/** An event that came without attributes has the same in its payload. */
function shown({ payload: { event_params: of }, attributes }: StoredEvent) {
  return {
    kind: of.event_kind,
    attributes: {
      [semconv.ATTR_AGENT_GOAL_USAGE_TOKENS]: of.cumulative_tokens_accounted,
      [semconv.ATTR_AGENT_GOAL_USAGE_DURATION]: of.cumulative_time_accounted_seconds,
      ...attributes,
      [semconv.ATTR_GEN_AI_CONVERSATION_ID]: of.thread_id,
      [semconv.ATTR_AGENT_GOAL_ID]: of.goal_id,
      [semconv.ATTR_AGENT_GOAL_STATUS]: of.goal_status,
      [semconv.ATTR_AGENT_GOAL_TURN_ID]: of.turn_id,
    },
  }
}
