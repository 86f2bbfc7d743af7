import type { GoalRuntime } from './goal-runtime.ts'
import { callGoalTool, GOAL_TOOLS, type GoalTool, type GoalToolResult } from './goal-tools.ts'

/** The goal tools in the form of each vendor's `tools`. */

/** For OpenAI's Responses API. */
export function openAiTools() {
  return GOAL_TOOLS.map(({ name, description, schema }) => ({
    type: 'function' as const,
    name,
    description,
    parameters: { ...schema },
    strict: true,
  }))
}

/** For OpenAI's Chat Completions API, and the many that speak it. */
export function openAiChatTools() {
  return GOAL_TOOLS.map(({ name, description, schema }) => ({
    type: 'function' as const,
    function: { name, description, parameters: { ...schema }, strict: true },
  }))
}

/** For Anthropic's Messages API. */
export function anthropicTools() {
  return GOAL_TOOLS.map(({ name, description, schema }) => ({ name, description, input_schema: { ...schema } }))
}

/**
 * For the Vercel AI SDK, which runs the tools itself.
 * @param jsonSchema The SDK's function of that name: it accepts JSON Schema only when wrapped by it.
 */
export function aiSdkTools<Schema>(
  runtime: GoalRuntime,
  threadId: string,
  jsonSchema: (schema: GoalTool['schema']) => Schema,
) {
  const tool = ({ name, description, schema }: GoalTool) => ({
    description,
    inputSchema: jsonSchema(schema),
    execute: async (input: unknown): Promise<GoalToolResult> => callGoalTool(runtime, threadId, name, input),
  })
  return Object.fromEntries(GOAL_TOOLS.map((one) => [one.name, tool(one)])) as Record<
    GoalTool['name'],
    ReturnType<typeof tool>
  >
}
