#!/bin/sh
# One server of a site's Redis: alone, or a node of a cluster.
#
#   redis-node.sh NAME      NAME: by which the others and the roles reach it
#
# REDIS_URL says what there is, as redis.url does: redis+cluster://NAME,NAME,… names all nodes, half
# of them masters. Names, not addresses: a container that is made again has another address.
set -eu
name=$1
password=$(cat "${REDIS_PASSWORD_FILE:-/run/secrets/redis_password}")
export REDISCLI_AUTH="$password"
hosts=${REDIS_URL:-}
hosts=${hosts#*://}
nodes=$(echo "${hosts%%[/?]*}" | tr ',' '\n' | sed 's/:[0-9]*$//')

address_of() { getent hosts "$1" | { read -r address _ && echo "$address"; }; }

# Once all nodes answer. Where one of them has met others already, redis-cli changes nothing.
make_cluster() {
  places=""
  for node in $nodes; do
    address=$(address_of "$node") || return 0
    [ "$(redis-cli -h "$address" ping 2>/dev/null)" = PONG ] || return 0
    places="$places $address:6379"
  done
  # shellcheck disable=SC2086 # one word a node
  redis-cli --cluster create $places --cluster-replicas 1 --cluster-yes
}

# Nodes that have met know each other by address, and are told the new ones.
keep_together() {
  while sleep 5; do
    case $(redis-cli cluster info 2>/dev/null) in
      *cluster_slots_assigned:0*)
        if [ "$name" = "$(echo "$nodes" | head -n 1)" ]; then make_cluster || :; fi ;;
      *cluster_slots_assigned:*)
        for node in $nodes; do
          if address=$(address_of "$node"); then redis-cli cluster meet "$address" 6379 >/dev/null || :; fi
        done ;;
    esac
  done
}

# The password goes in by standard input, so that no list of processes shows it.
case ${REDIS_URL:-} in
  redis+cluster://*)
    keep_together &
    exec redis-server "${REDIS_CONF:-/etc/redis.conf}" - <<CONF
requirepass $password
masterauth $password
cluster-enabled yes
cluster-config-file /data/nodes.conf
cluster-node-timeout 5000
cluster-announce-hostname $name
cluster-preferred-endpoint-type hostname
CONF
    ;;
  *)
    exec redis-server "${REDIS_CONF:-/etc/redis.conf}" - <<CONF
requirepass $password
CONF
    ;;
esac
