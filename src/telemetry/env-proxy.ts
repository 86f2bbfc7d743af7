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
        `NODE_USE_ENV_PROXY is not followed by the http of Node ${process.versions.node}, but from 22.21 and 24.5 on: ` +
          "goaltrace's requests go straight to the receiver",
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
