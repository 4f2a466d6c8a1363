#!/bin/sh
# For hooks.on_event: posts the event on standard input as one line of text to a chat (Slack, Mattermost,
# Rocket.Chat, and Teams' own of that form).
# POSIX sh; needs GNU coreutils, curl and jq 1.6.
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure hooks.d/chat.conf
need curl jq

# Settings, in hooks.d/chat.conf, beside CURL_CONFIG for certificates:
#   CHAT_URL_FILE   holds the address of the webhook, which is as good as a password
: "${CHAT_URL_FILE:=/etc/clusterrebootd/hooks.d/chat.url}"
is_secret "$CHAT_URL_FILE"

cat >"$scratch/event"
jq -c 'select(type == "object")
    | {text: "[\(.level // "info")] \(.node // "unknown node"): \(.event // error("no event"))\(
        if .message then ": \(.message)" else "" end)\(
        if (.fields // {}) == {} then "" else " (\(.fields | to_entries
            | [.[] | "\(.key)=\(.value | if type == "string" then . else tojson end)"] | join(", ")))" end)"}' \
    <"$scratch/event" >"$scratch/text" 2>"$scratch/complaint" || true
[ -s "$scratch/text" ] || fail "standard input is no event: $(complaint); this hook is for hooks.on_event"

url=$(tr -d '[:space:]' <"$CHAT_URL_FILE")
case $url in
    *\"* | *\\*) fail "the address in $CHAT_URL_FILE holds a quote or a backslash; write only the address there" ;;
    http://* | https://*) ;;
    *) fail "$CHAT_URL_FILE holds no address; write the webhook's there" ;;
esac
# What stands in a file is seen by its owner alone, unlike a command line.
(
    umask 077
    printf 'url = "%s"\n' "$url" >"$scratch/url"
)
set --
if [ -n "${CURL_CONFIG:-}" ]; then
    is_secret "$CURL_CONFIG"
    set -- --config "$CURL_CONFIG"
fi
ask 'the chat' curl --disable --fail --silent --show-error --max-time "$limit" "$@" --config "$scratch/url" \
    --header 'Content-Type: application/json' --data "@$scratch/text"
