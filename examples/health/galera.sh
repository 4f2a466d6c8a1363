#!/bin/sh
# Is this node a synced member of the primary component, and is the cluster complete?
# POSIX sh; needs GNU coreutils, awk, and mysql or mariadb with a user that may do nothing (USAGE).
set -eu
# shellcheck source=../lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
configure "health.d/$name.conf"

# Settings, in health.d/galera.conf:
#   GALERA_SIZE            how many members there are, garbd included; required
#   GALERA_DEFAULTS_FILE   user and password for the client, below [client]; empty where the socket knows us
#   GALERA_CLIENT          the client
: "${GALERA_DEFAULTS_FILE=}"
: "${GALERA_CLIENT:=mysql}"
set_or_fail GALERA_SIZE
count_or_fail GALERA_SIZE
need "$GALERA_CLIENT" awk

set --
if [ -n "$GALERA_DEFAULTS_FILE" ]; then
    is_secret "$GALERA_DEFAULTS_FILE"
    set -- "--defaults-extra-file=$GALERA_DEFAULTS_FILE"
fi
ask 'the database' "$GALERA_CLIENT" "$@" --batch --skip-column-names --execute "SHOW GLOBAL STATUS LIKE 'wsrep_%'"

value() {
    printf '%s\n' "$answer" | awk -F '\t' -v key="$1" '$1 == key { print $2 }'
}
# must VARIABLE VALUE REMEDY
must() {
    [ "$(value "$1")" = "$2" ] || fail "$1 is '$(value "$1")' instead of $2; $3"
}

must wsrep_cluster_status Primary 'this node is cut off from the majority: see the network and the log of mysqld'
must wsrep_connected ON 'see wsrep_cluster_address and the log of mysqld'
must wsrep_ready ON 'the node takes no queries: see the log of mysqld'
cluster_is_asked || {
    # A donor serves others and will be synced again; it is not sick.
    case $(value wsrep_local_state) in
        2 | 4) exit 0 ;;
    esac
    must wsrep_local_state 4 'wait until the node is synced'
}
must wsrep_local_state 4 'the node joins or feeds another: wait until it is synced'
must wsrep_cluster_size "$GALERA_SIZE" 'a member is missing: bring it back, or mend GALERA_SIZE'
