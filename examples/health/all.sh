#!/bin/sh
# Runs every check that has settings: NAME.sh beside this script for each NAME.conf in health.d, all at the
# same time. Healthy if all are. An empty NAME.conf will do.
# POSIX sh; needs GNU coreutils and what the checks need.
set -eu
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=../lib.sh
. "$here/../lib.sh"
need sh

directory=${CRB_CONF_DIR:-/etc/clusterrebootd}/health.d
running=''
for settings in "$directory"/*.conf; do
    [ -e "$settings" ] || fail "there is no check in $directory; put a NAME.conf there for each check, empty if need be"
    check=${settings##*/}
    check=$here/${check%.conf}.sh
    [ "$check" != "$here/all.sh" ] || fail "$settings would run all checks without end; remove it"
    [ -x "$check" ] || fail "$settings is there, but no check $check; link it to one, or remove the settings"
    "$check" &
    running="$running $!"
done

sick=0
for child in $running; do
    wait "$child" || sick=1
done
exit "$sick"
