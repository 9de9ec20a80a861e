#!/bin/sh
# The user from the password, as a hash (a new password is a restart); the server is this process.
set -eu
name=${SERVICE_USER:?}
umask 077
# RabbitMQ's own form: base64(salt + sha256(salt + password)), salt of 4 bytes.
salt=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')
binary() { /usr/bin/printf "$(printf %s "$1" | sed 's/../\\x&/g')"; }
hash=$( (binary "$salt"; tr -d '\n' </run/secrets/password) | sha256sum | cut -d' ' -f1)
hash=$(binary "$salt$hash" | base64 -w0)
# A job that comes back five times goes to the queue `dead`, where somebody can look at it. The queues in which Celery lets a
# job wait hand it on by its own routing key: with another one it would never come out of them.
cat >/tmp/definitions.json <<JSON
{"users": [{"name": "$name", "password_hash": "$hash", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": []}],
 "vhosts": [{"name": "$name", "default_queue_type": "quorum"}],
 "permissions": [{"user": "$name", "vhost": "$name", "configure": ".*", "write": ".*", "read": ".*"}],
 "policies": [{"vhost": "$name", "name": "dead", "pattern": "^(?!dead$|celery_delayed_).*", "apply-to": "quorum_queues", "priority": 0,
   "definition": {"delivery-limit": 5, "dead-letter-exchange": "", "dead-letter-routing-key": "dead",
     "dead-letter-strategy": "at-least-once", "overflow": "reject-publish"}}],
 "queues": [{"name": "dead", "vhost": "$name", "durable": true, "auto_delete": false,
   "arguments": {"x-queue-type": "quorum"}}]}
JSON
if [ ! -s /data/.erlang.cookie ]; then od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >/data/.erlang.cookie; fi
chmod 400 /data/.erlang.cookie
mkdir -p /tmp/config
# Absolute: a relative watermark is taken of the host's memory where the cgroup is not seen.
echo "vm_memory_high_watermark.absolute = $((${SERVICE_MEMORY_MIB:?} / 2))MiB" >/tmp/memory.conf
cat /etc/rabbitmq/rabbitmq.conf /tmp/memory.conf >/tmp/rabbitmq.conf
export RABBITMQ_CONFIG_FILE=/tmp/rabbitmq.conf
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"
exec rabbitmq-server "$@"
