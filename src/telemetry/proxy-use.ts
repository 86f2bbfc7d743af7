import { envProxy } from './env-proxy.ts'

/** Node's own list of what it has loaded. */
const loaded = () => (process as unknown as { moduleLoadList?: readonly string[] }).moduleLoadList

/**
 * Whether requests may go through a proxy. Node knows that once it has loaded http, which an exit has no time to do; until then the process
 * cannot have set one.
 */
export function isProxied(): boolean {
  const { NODE_USE_ENV_PROXY, NODE_OPTIONS = '' } = process.env
  if (NODE_USE_ENV_PROXY === '1') return true
  if ([NODE_OPTIONS, ...process.execArgv].some((option) => option.includes('--use-env-proxy'))) return true
  return (loaded()?.includes('NativeModule http') ?? true) && envProxy() !== undefined
}
