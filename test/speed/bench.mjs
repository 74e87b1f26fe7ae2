// `npm run bench [-- transport|startup|...] [rounds]`: every promise of the README about speed, measured in pairs.
import { existsSync } from 'node:fs'
import { benchStartup } from './startup.mjs'
import { benchTransport } from './transport.mjs'

const names = process.argv.slice(2).filter((arg) => Number.isNaN(Number(arg)))
const rounds = Number(process.argv.slice(2).find((arg) => !Number.isNaN(Number(arg))) ?? 100)
const wanted = (name) => names.length === 0 || names.includes(name)

if (!existsSync(new URL('../../dist/cli/main.js', import.meta.url))) throw new Error('run `npm run build` first')
const [key, cert, authority] = ['key.pem', 'cert.pem', 'ca.pem'].map(
  (name) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname,
)
if (wanted('transport')) await benchTransport({ key, cert, authority, rounds })
if (wanted('startup')) await benchStartup({ rounds: Math.min(rounds, 30) })
