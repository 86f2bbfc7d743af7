// An app's own SDK with goaltrace among its instrumentations, in place of goaltrace/register.
import { NodeSDK } from '@opentelemetry/sdk-node'
import { GoalInstrumentation } from 'goaltrace'

const sdk = new NodeSDK({ instrumentations: [new GoalInstrumentation()] })
sdk.start()
process.once('beforeExit', () => sdk.shutdown())
