/** Every table, trigger, function and alias of goaltrace's in an agent's database begins with it. */
export const OWN_PREFIX = '_goaltrace_'
/** Within a transaction of the agent's. */
export const OWN_SAVEPOINT = '_goaltrace'
