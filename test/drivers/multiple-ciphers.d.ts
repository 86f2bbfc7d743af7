/** Its types are those of better-sqlite3, but its package.json does not say so to ES modules. */
declare module 'better-sqlite3-multiple-ciphers' {
  import Database from 'better-sqlite3'
  export default Database
}
