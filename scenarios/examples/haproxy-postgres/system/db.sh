#!/bin/sh
# One database of a pair, PEER the other one. The one with FIRST begins as the
# primary; the other one copies it and follows.
#
# A database that was in service before never goes on alone: while it was away its
# peer may have been promoted, and two primaries would both take writes. It waits
# for its peer, and where that is the primary now, copies it anew. (On a large
# database pg_rewind does the same by copying less.)
set -eu
data=${PGDATA:-/var/lib/postgresql/data}

ask_peer() { PGCONNECT_TIMEOUT=2 psql -h "$PEER" -U postgres -d postgres -tAc "$1" 2>/dev/null; }

begin() {
  initdb -D "$data" -U postgres --auth trust -E UTF8 --locale C >/dev/null
  # Whoever reaches this network may do everything: give a real one passwords.
  printf 'host all all all trust\nhost replication all all trust\n' >>"$data/pg_hba.conf"
  cat >>"$data/postgresql.conf" <<'END'
listen_addresses = '*'
max_connections = 300
wal_receiver_timeout = 3s
wal_sender_timeout = 3s
wal_retrieve_retry_interval = 500ms
log_checkpoints = off
END
}

follow() {
  until find "$data" -mindepth 1 -delete &&
    pg_basebackup -h "$PEER" -U postgres -D "$data" -R -X stream -c fast; do sleep 0.5; done
  chmod 700 "$data"
  exec postgres -D "$data"
}

if [ ! -s "$data/PG_VERSION" ] && [ "${FIRST-}" = yes ]; then
  begin
else
  until standby=$(ask_peer 'select pg_is_in_recovery()') && [ -n "$standby" ]; do sleep 0.3; done
  [ "$standby" = t ] || follow
fi
# The one that is promoted later runs without a synchronous standby until it is
# given one: otherwise it could not take a write while it is alone.
exec postgres -D "$data" -c synchronous_standby_names="${SYNC-}"
