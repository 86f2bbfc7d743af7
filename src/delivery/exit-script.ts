import { host } from './exit-host.ts'

// Imported first, so that the first sign of life does not wait for modules that take longer to load.

import { handOnWarnings } from '../base/diagnose.ts'
import { countFor } from '../telemetry/instance.ts'
import { useAddresses } from '../telemetry/name-lookup.ts'
import { sendBlocking } from '../telemetry/otlp-request.ts'
import { retryRequests } from '../telemetry/providers.ts'
import { printAtOnce } from './exit-console.ts'
import { ExitSender } from './exit-sender.ts'

handOnWarnings((cause, sentence) => host.answer({ kind: 'warned', cause, sentence }))
countFor(host.instance)
useAddresses(host.addresses)
retryRequests(false)
sendBlocking(host.send)
printAtOnce()
const senders = host.outboxes.map((outbox, place) => new ExitSender(outbox, place))
// In a thread, this keeps it alive; the exporters do not.
host.onOrder((order) => senders[order.outbox]?.take(order))
void finish()

async function finish(): Promise<void> {
  await Promise.all(senders.map(({ over }) => over))
  // Spans and metrics get what is left of the limit, and only where the log records were accepted.
  const delivered = host.isLate() ? [] : senders.filter(({ isDelivered }) => isDelivered)
  await Promise.allSettled(delivered.map((sender) => sender.sendSpansAndMetrics()))
  host.answer({ kind: 'done' })
}
