# Hands the payload of a codex hook to codex-plus with curl, where there is no bash: `hook-bridge.sh EVENT open|closed`.
# The address stands in a here-document: arguments of a process are there for all to see.

fail() {
  if [ "$2" = closed ]; then
    printf '%s\n' "codex-plus could not be asked for the hooks of $1 ($3), and hooks.onError is closed." >&2
    exit 2
  fi
  printf '{"systemMessage":"codex-plus could not be asked for the hooks of %s (%s); it goes on without them."}\n' "$1" "$3"
  exit 0
}

answer=$(curl -sS --noproxy '*' -H 'expect:' -H 'content-type: application/json' --data-binary @- -w '\n%{http_code}' \
  -K /dev/fd/3 2>/dev/null 3<<END
url = "$CODEX_PLUS_BRIDGE/$1"
END
) || fail "$1" "$2" 'it went away'
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
fail "$1" "$2" "it answered $status"
