/** What other programs may use of this package: the failures and their codes. */
export { CodexPlusError, type ErrorCode, formatError } from './errors.js'
