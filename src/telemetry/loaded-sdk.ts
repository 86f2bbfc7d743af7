import * as sdk from './sdk.ts'

/** Replaces load-sdk.ts in the script of an exit, which has the SDK in it: as a part of its own it takes 7 ms longer. */
export const loadSdk = async () => sdk
