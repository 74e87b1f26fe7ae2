import type { Settings } from '../config/settings.js'
import { isLoopback } from './environment-proxy.js'
import { hasOwnHello } from './socket-hello.js'

/** The settings that decide who gets a WebSocket. */
export type SocketSettings = Pick<Settings, 'websocket' | 'transport' | 'transportForced' | 'profile'>

/**
 * Returns why codex's WebSocket is not carried to a server, in words for a person; null where it is. `base` is the user's
 * own server, or null for the one of the login. `ownHello` says whether this Node can send codex's own handshake.
 */
export function socketRefusal(
  { websocket, transport, transportForced, profile }: SocketSettings,
  base: 'echo' | URL | null,
  ownHello: boolean = hasOwnHello(),
): string | null {
  if (base === 'echo') return 'the echo upstream has none'
  if (websocket === 'off') return 'websocket is off'
  const near = base !== null && (base.protocol === 'http:' || isLoopback(base.hostname))
  if (profile === 'chrome' && !near) return 'the profile chrome has no WebSocket handshake'
  if (websocket === 'on') return null
  if (transport === 'cycletls' && transportForced) return 'the transport cycletls was chosen, which carries none'
  if (near || transport === 'native' || ownHello) return null
  return `the OpenSSL of Node ${process.versions.node} cannot send codex's own WebSocket handshake`
}
