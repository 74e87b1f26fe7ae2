import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { OAuthDiscoveryState } from '@modelcontextprotocol/sdk/client/auth.js'
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import { replacePrivateFile, xdgFolder } from '../../paths.js'

/** The stored login to one server. */
export interface KeptLogin {
  readonly tokens?: OAuthTokens
  /** The registered client, and the redirect URL it was registered with. */
  readonly client?: OAuthClientInformationMixed
  readonly redirectUrl?: string
  readonly discovery?: OAuthDiscoveryState
}

/** The login of one server: a file (0600) in codex-plus's state folder, named after the server's URL. */
export interface LoginStore {
  read(): KeptLogin
  /** Changes parts of the login; undefined removes a part. */
  write(change: { readonly [Key in keyof KeptLogin]?: KeptLogin[Key] | undefined }): void
  /** Removes the login; returns whether there was one. */
  remove(): boolean
}

/** Opens the store of a server. */
export function openLoginStore(url: URL, env: NodeJS.ProcessEnv): LoginStore {
  const folder = join(xdgFolder('state', env), 'mcp')
  const file = join(folder, `${createHash('sha256').update(url.href).digest('hex').slice(0, 32)}.json`)
  const read = (): KeptLogin => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as KeptLogin
    } catch {
      return {}
    }
  }
  return {
    read,
    write(change) {
      replacePrivateFile(file, JSON.stringify({ ...read(), ...change }))
    },
    remove() {
      const had = read().tokens !== undefined
      rmSync(file, { force: true })
      return had
    },
  }
}
