import { noteForRun } from '../run-notes.ts'
import { GoalDelivery, type Health } from './goal-delivery.ts'
import { findProviders, type ProviderOptions } from './providers.ts'

/** Providers are looked for once, when there is first something to deliver; until that succeeds, every time. */
export function deliveryOnce(settings: ProviderOptions, health: Health, name: string): () => Promise<GoalDelivery> {
  let delivery: GoalDelivery | undefined
  return async () => {
    if (delivery) return delivery
    const providers = await findProviders(settings)
    noteForRun({ kind: 'sends', file: name, to: providers.to })
    delivery ??= new GoalDelivery(providers, health)
    return delivery
  }
}
