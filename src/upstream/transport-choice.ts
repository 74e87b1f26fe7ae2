import type { Settings } from '../config/settings.js'
import { isLoopback } from './environment-proxy.js'

/** Whether HTTP requests to a server go through cycletls: https ones do, those to this machine where the user says so. */
export function usesCycletls(
  { transport, transportForced }: Pick<Settings, 'transport' | 'transportForced'>,
  url: URL,
): boolean {
  return transport === 'cycletls' && url.protocol === 'https:' && (transportForced || !isLoopback(url.hostname))
}
