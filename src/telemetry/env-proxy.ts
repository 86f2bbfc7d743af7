import { warnOnce } from '../base/diagnose.ts'

/** See `proxyEnv` in https://nodejs.org/api/http.html#new-agentoptions; @types/node may not have it yet. */
export type ProxyEnv = Readonly<Record<string, string | undefined>>

const NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()])

/**
 * The proxies that Node's own requests go through, by NODE_USE_ENV_PROXY, `--use-env-proxy` or `http.setGlobalProxyFromEnv()`;
 * undefined where they go straight. An agent has to be given them.
 */
export function envProxy(env: NodeJS.ProcessEnv = process.env): ProxyEnv | undefined {
  const { globalAgent } = process.getBuiltinModule('node:http')
  const { proxyEnv } = (globalAgent as unknown as { options: { proxyEnv?: ProxyEnv | null } }).options
  if (!proxyEnv) {
    if (env.NODE_USE_ENV_PROXY === '1' && NAMES.some((name) => env[name]))
      warnOnce(
        'proxy',
        `NODE_USE_ENV_PROXY needs Node 22.21 or 24.5; on ${process.versions.node} goaltrace's requests go direct`,
      )
    return undefined
  }
  return Object.fromEntries(NAMES.flatMap((name) => (proxyEnv[name] ? [[name, proxyEnv[name]]] : [])))
}

/** What a thread needs in its environment to send through the proxies of the one that starts it. */
export function proxyVariables(): NodeJS.ProcessEnv {
  const proxies = envProxy()
  return proxies ? { ...proxies, NODE_USE_ENV_PROXY: '1' } : {}
}
