import { answer, start } from './exit-sign.ts'

// Above, so that its sign of life does not wait for what takes longer to load.

import { countFor } from '../telemetry/instance.ts'
import { useAddresses } from '../telemetry/name-lookup.ts'
import { retryRequests } from '../telemetry/providers.ts'
import { printAtOnce } from './exit-console.ts'
import type { ExitOrder } from './exit-messages.ts'
import { ExitWay } from './exit-way.ts'

countFor(start.instance)
useAddresses(start.addresses)
retryRequests(false)
printAtOnce()
const ways = start.outboxes.map((outbox, place) => new ExitWay(outbox, place))
// Keeps this thread alive, other than the exporters.
start.port.on('message', (order: ExitOrder) => ways[order.outbox]?.take(order))
void finish()

async function finish(): Promise<void> {
  await Promise.all(ways.map(({ over }) => over))
  // In what is left of the limit. What goes beside log records is pointless where these have not been taken.
  await Promise.allSettled(ways.filter(({ isDelivered }) => isDelivered).map((way) => way.rest()))
  answer({ kind: 'done' })
}
