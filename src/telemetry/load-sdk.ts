/** Loads the SDK when the first row is drained. At an exit, the build puts loaded-sdk.ts in its place. */
export const loadSdk = () => import('./sdk.ts')
