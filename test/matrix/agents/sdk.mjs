// An app's own SDK, which knows nothing of goaltrace: node --import ./sdk.mjs
import { NodeSDK } from '@opentelemetry/sdk-node'

const sdk = new NodeSDK()
sdk.start()
process.once('beforeExit', () => sdk.shutdown())
