# Sends the payload of a codex hook to codex-plus with curl, if there is no bash: `hook-bridge.sh EVENT open|closed|rules`.
# The URL is passed in a here-document: every user can read the arguments of a process.

fail() {
  if [ "$2" = rules ]; then
    printf '%s\n' "The permission rules of .claude could not be checked, so this call is denied: codex-plus $3. Restart codex-plus." >&2
    exit 2
  fi
  if [ "$2" = closed ]; then
    printf '%s\n' "The hooks of $1 did not run and hooks.onError is closed, so it is denied: codex-plus $3. Restart codex-plus." >&2
    exit 2
  fi
  printf '{"systemMessage":"The hooks of %s did not run, and codex continues without them: codex-plus %s. Restart codex-plus."}\n' "$1" "$3"
  exit 0
}

answer=$(curl -sS --noproxy '*' -H 'expect:' -H 'content-type: application/json' --data-binary @- -w '\n%{http_code}' \
  -K /dev/fd/3 2>/dev/null 3<<END
url = "$CODEX_PLUS_BRIDGE/$1"
END
) || fail "$1" "$2" 'does not answer'
status=${answer##*
}
answer=${answer%
*}
case $status in
  204) exit 0 ;;
  200)
    printf '%s\n' "$answer"
    exit 0
    ;;
  409)
    printf '%s\n' "$answer" >&2
    exit 2
    ;;
esac
fail "$1" "$2" "answered with status $status"
