// An app's own SDK, which knows nothing of goaltrace: node --require ./sdk.cjs
const { NodeSDK } = require('@opentelemetry/sdk-node')

const sdk = new NodeSDK()
sdk.start()
process.once('beforeExit', () => sdk.shutdown())
