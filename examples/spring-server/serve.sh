#!/bin/sh
# The first process of the container. Serves until told to stop; then goes on for a moment, because whoever sends
# requests learns only now that this pod is going, and ends once they have stopped coming.
DRAIN_SECONDS=2

httpd -f -p 8080 -h /www &
server=$!

stop() {
  trap '' TERM INT
  sleep "$DRAIN_SECONDS"
  kill "$server"
  wait "$server"
  exit 0
}
trap stop TERM INT

echo "spring-server $VERSION serves on port 8080"
wait "$server"
code=$?
echo "httpd ended with $code"
exit "$code"
