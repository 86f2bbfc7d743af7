import { answer, start } from './exit-heartbeat.ts'

// Imported first, so that the first sign of life does not wait for modules that take longer to load.

import { countFor } from '../telemetry/instance.ts'
import { useAddresses } from '../telemetry/name-lookup.ts'
import { retryRequests } from '../telemetry/providers.ts'
import { printAtOnce } from './exit-console.ts'
import type { ExitOrder } from './exit-messages.ts'
import { ExitSender } from './exit-sender.ts'

countFor(start.instance)
useAddresses(start.addresses)
retryRequests(false)
printAtOnce()
const senders = start.outboxes.map((outbox, place) => new ExitSender(outbox, place))
// Keeps this thread alive; the exporters do not.
start.port.on('message', (order: ExitOrder) => senders[order.outbox]?.take(order))
void finish()

async function finish(): Promise<void> {
  await Promise.all(senders.map(({ over }) => over))
  // Spans and metrics get what is left of the limit, and only where the log records were accepted.
  await Promise.allSettled(
    senders.filter(({ isDelivered }) => isDelivered).map((sender) => sender.sendSpansAndMetrics()),
  )
  answer({ kind: 'done' })
}
