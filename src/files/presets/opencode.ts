import type { GoalFiles } from '../../mapping/goal-files.ts'
import { THREAD_GOALS } from '../../mapping/goal-table.ts'
import type { PresetDatabase } from './preset-database.ts'

/** Plugins of opencode keep goals in JSON documents of their own: the user's, or the project's in which they run. */
export const OPENCODE: readonly GoalFiles[] = [
  {
    // mirsella/opencode-goal
    path: [
      '$OPENCODE_GOAL_STATE_FILE',
      '$XDG_STATE_HOME/opencode-goal/scope_*/sessions.json',
      '~/.local/state/opencode-goal/scope_*/sessions.json',
    ],
    read: 'whole',
    thread: { key: 1 },
    time: 'updatedAt',
    goals: [
      {
        each: '*',
        fields: {
          ...{ goalId: { join: ['thread', 'createdAt'] }, status: 'status', objective: 'objective' },
          timeUsedSeconds: 'timeUsedSeconds',
        },
      },
    ],
  },
  {
    // beremaran/opencode-goal: a file for each session, whose names begin with ses_.
    path: ['$XDG_STATE_HOME/opencode-goal/*/ses_*.json', '~/.local/state/opencode-goal/*/ses_*.json'],
    read: 'whole',
    thread: 'sessionID',
    time: 'updatedAt',
    goals: [
      {
        fields: {
          ...{ goalId: 'goalId', status: 'status', objective: 'objective', tokensUsed: 'tokensUsed' },
          reason: 'lastReason',
        },
      },
    ],
  },
  {
    // ByBrawe/opencode-goal: a file for each session, named by 32 digits.
    path: ['.opencode/goals/????????????????????????????????.json'],
    read: 'whole',
    thread: 'sessionID',
    time: 'updatedAt',
    goals: [
      {
        fields: {
          ...{ goalId: 'id', status: 'status', objective: 'objective', tokensUsed: 'usage.tokens' },
          ...{ tokenBudget: 'budget.maxTokens', timeUsedSeconds: { at: 'usage.runtimeMs', unit: 'ms' } },
        },
        statuses: {
          ...{ active: 'active', paused: 'paused', blocked: 'blocked', completed: 'complete', complete: 'complete' },
          ...{ usage_limited: 'usage_limited', budget_limited: 'budget_limited' },
        },
      },
    ],
  },
  {
    // YanzuoLu/opencode-goal-mode
    path: ['~/.local/share/opencode-goal-mode/state.json'],
    read: 'whole',
    thread: { key: 1 },
    time: 'updatedAt',
    goals: [
      {
        each: 'sessions.*.goal',
        fields: { goalId: 'id', status: 'status', objective: 'objective' },
        statuses: { active: 'active', paused: 'paused', complete: 'complete', dropped: 'cleared' },
      },
    ],
  },
  {
    path: ['.opencode/goals/state.json'],
    read: 'whole',
    thread: 'sessionID',
    time: 'updatedAt',
    goals: [
      {
        // dogalyir/opencode-goal-x
        each: 'goals.*',
        fields: {
          ...{ goalId: 'id', status: 'status', objective: 'objective' },
          ...{ tokenBudget: 'budget.maxTokens', tokensUsed: 'progress.tokensUsed' },
        },
        statuses: { active: 'active', paused: 'paused', complete: 'complete', aborted: 'cleared' },
      },
      {
        // mcrescenzo/opencode-goals
        each: 'sessions.*',
        fields: {
          ...{ goalId: 'state.goalInstanceID', status: 'state.status', objective: 'state.condition' },
          timeUsedSeconds: {
            ...{ from: 'state.startedAt', to: 'state.updatedAt', less: 'state.accumulatedPausedMs', unit: 'ms' },
          },
          reason: ['state.blockedReason', 'state.stopReason'],
        },
        statuses: {
          active: [{ when: { 'state.blocked': true }, is: 'blocked' }, 'active'],
          ...{ paused: 'paused', achieved: 'complete' },
        },
      },
    ],
  },
  {
    // samuelfarkas/opencode-goal: its ledger, which has a line for each change.
    path: ['.opencode/goals/*.ledger.jsonl'],
    read: 'lines',
    thread: 'threadId',
    time: 'timestamp',
    goals: [
      {
        records: [
          { where: { action: ['checkpoint', 'set'] }, at: 'goal' },
          { where: { action: ['patch', 'update'] }, at: 'changes', merge: true },
          { where: { action: 'clear' }, gone: true },
          { where: { action: 'checkpoint-set' }, all: 'goals', thread: 'threadId' },
        ],
        fields: {
          ...{ goalId: { join: ['thread', 'createdAt'] }, status: 'status', objective: 'objective' },
          ...{ tokenBudget: 'policy.tokenBudget', tokensUsed: 'tokensUsed', timeUsedSeconds: 'timeUsedSeconds' },
        },
        statuses: {
          ...{ active: 'active', paused: 'paused', blocked: 'blocked', complete: 'complete' },
          budgetLimited: 'budget_limited',
        },
      },
    ],
  },
  {
    // prevalentWare/opencode-goal-plugin
    path: [
      '$OPENCODE_GOAL_STATE_PATH',
      '$XDG_DATA_HOME/opencode-goal-plugin/goals.json',
      '~/.local/share/opencode-goal-plugin/goals.json',
    ],
    read: 'whole',
    thread: 'sessionID',
    time: { at: 'updatedAt', unit: 's' },
    goals: [
      {
        each: 'goals.*',
        fields: {
          ...{ goalId: { join: ['thread', 'createdAt'] }, status: 'status', objective: 'objective' },
          ...{ tokenBudget: 'tokenBudget', tokensUsed: 'tokensUsed', timeUsedSeconds: 'timeUsedSeconds' },
          reason: ['blocker', 'stopReason'],
        },
        statuses: {
          ...{ active: 'active', paused: 'paused', complete: 'complete', unmet: 'blocked' },
          ...{ budgetLimited: 'budget_limited', usageLimited: 'usage_limited' },
        },
      },
    ],
  },
]

export const OPENCODE_DATABASES: readonly PresetDatabase[] = [
  // mweinbach/opencode-goals, whose columns are Codex's
  { path: ['~/.config/opencode/goals.db'], tables: [THREAD_GOALS] },
  {
    // canxin121/opencode-planpilot: a plan is what it works towards; its `goals` are items to check of a step.
    path: [
      ...['$OPENCODE_PLANPILOT_DIR/planpilot.db', '$OPENCODE_PLANPILOT_HOME/planpilot.db'],
      ...['$OPENCODE_CONFIG_DIR/.planpilot/planpilot.db', '$XDG_CONFIG_HOME/opencode/.planpilot/planpilot.db'],
      '~/.config/opencode/.planpilot/planpilot.db',
    ],
    tables: [
      {
        table: 'plans',
        columns: { goalId: 'id', threadId: 'last_session_id', status: 'status', objective: 'title' },
        statuses: { todo: 'active', done: 'complete' },
      },
    ],
  },
]
