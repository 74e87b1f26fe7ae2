// The conformance suite asks for `fs.globSync`, which Node 20 does not have, for a part of it that is not used here.
import { register } from 'node:module'

const hook = `export async function load(url, context, next) {
  const loaded = await next(url, context)
  if (!url.endsWith('/@modelcontextprotocol/conformance/dist/index.js')) return loaded
  const source = String(loaded.source).replace(/globSync as (\\w+),/, '').replace(/^(#!.*\\n)?/, '$1const globSync = () => [];')
  return { ...loaded, source: source.replace('const globSync', 'const ' + /globSync as (\\w+),/.exec(String(loaded.source))[1]) }
}`
register(`data:text/javascript,${encodeURIComponent(hook)}`)
