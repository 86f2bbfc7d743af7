import type { GoalFiles } from '../../mapping/goal-files.ts'
import type { PresetDatabase } from './preset-database.ts'

/** A plugin of Claude Code, tungdd2710/claude-goal, keeps each goal of a project in a document. */
export const CLAUDE_GOAL: readonly GoalFiles[] = [
  {
    path: ['.claude/goals/goal-*.json'],
    read: 'whole',
    agent: 'claude-code',
    goals: [
      {
        fields: {
          ...{ goalId: 'id', status: 'status', objective: 'objective' },
          ...{
            tokensUsed: 'metrics.total_tokens_estimated',
            timeUsedSeconds: 'metrics.total_wall_clock_seconds',
          },
        },
        statuses: {
          ...{ active: 'active', paused: 'paused', blocked: 'blocked', complete: 'complete', impossible: 'blocked' },
          ...{ budget_limited: 'budget_limited', cleared: 'cleared' },
        },
      },
    ],
  },
]

/** jthack/claude-goal, in Python, and xihuai18/claude-goal with the same table. Tokens are a column that is never written. */
export const CLAUDE_GOAL_DATABASES: readonly PresetDatabase[] = [
  {
    path: ['$CLAUDE_GOAL_DB', '$CLAUDE_GOAL_HOME/goals.sqlite', '~/.claude/goal/goals.sqlite'],
    agent: 'claude-code',
    tables: [
      {
        table: 'goals',
        columns: {
          ...{ goalId: 'id', threadId: 'session_id', status: 'status', objective: 'objective' },
          ...{ tokenBudget: 'token_budget', timeUsedSeconds: 'time_used_seconds' },
        },
      },
    ],
  },
]
